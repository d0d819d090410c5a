import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { MissingPage } from '../../../ui/missing-page.tsx';
import { Page } from '../../../ui/page.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { machineQuery } from '../api.ts';
import { MachineView } from './machine-view.tsx';

/** One machine. */
export function MachinePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/shell/machines/$id' });
  // Its answers to a probe or an installation come by the stream; this only catches what got lost.
  const query = useQuery({ ...machineQuery(id), refetchInterval: 10_000 });
  const crumbs = [{ label: t('place.machines'), to: '/machines' }];
  if (query.data) return <MachineView machine={query.data} crumbs={crumbs} />;
  if (!query.error)
    return (
      <Page title={t('machine.title')} crumbs={crumbs}>
        <Skeleton lines={8} />
      </Page>
    );
  return (
    <MissingPage error={query.error} crumbs={crumbs} title={t('machine.title')}>
      <ErrorView error={query.error} onRetry={() => void query.refetch()} />
    </MissingPage>
  );
}
