import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFallbackPoll } from '../../../app/live/use-fallback-poll.ts';
import { MissingPage } from '../../../ui/missing-page.tsx';
import { Page } from '../../../ui/page.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { checkQuery } from '../api.ts';
import { CheckView } from './check-view.tsx';

/** One full check. */
export function CheckPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/shell/checks/$id' });
  const query = useQuery({ ...checkQuery(id), refetchInterval: useFallbackPoll() });
  const crumbs = [{ label: t('place.checks'), to: '/checks' }];
  if (query.data) return <CheckView check={query.data} crumbs={crumbs} />;
  if (!query.error)
    return (
      <Page title={t('check.title')} crumbs={crumbs}>
        <Skeleton lines={8} />
      </Page>
    );
  return (
    <MissingPage error={query.error} crumbs={crumbs} title={t('check.title')}>
      <ErrorView error={query.error} onRetry={() => void query.refetch()} />
    </MissingPage>
  );
}
