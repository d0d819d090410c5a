import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { MissingPage } from '../../../ui/missing-page.tsx';
import { Page } from '../../../ui/page.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { endpointQuery } from '../api.ts';
import { EndpointView } from './endpoint-view.tsx';

/** One saved endpoint. */
export function EndpointPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/shell/endpoints/$id' });
  const query = useQuery(endpointQuery(id));
  const crumbs = [{ label: t('place.endpoints'), to: '/endpoints' }];
  if (query.data) return <EndpointView key={query.data.id} endpoint={query.data} crumbs={crumbs} />;
  if (!query.error)
    return (
      <Page title={t('endpoint.title')} crumbs={crumbs}>
        <Skeleton lines={6} />
      </Page>
    );
  return (
    <MissingPage error={query.error} crumbs={crumbs} title={t('endpoint.title')}>
      <ErrorView error={query.error} onRetry={() => void query.refetch()} />
    </MissingPage>
  );
}
