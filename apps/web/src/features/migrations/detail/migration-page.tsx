import { useQuery } from '@tanstack/react-query';
import { Outlet, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFallbackPoll } from '../../../app/live/use-fallback-poll.ts';
import { MissingPage } from '../../../ui/missing-page.tsx';
import { Page } from '../../../ui/page.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { migrationQuery } from '../api.ts';
import { MigrationView } from './migration-view.tsx';

/** One migration: the same head on all its tabs. */
export function MigrationPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/shell/migrations/$id' });
  const query = useQuery({ ...migrationQuery(id), refetchInterval: useFallbackPoll() });
  const crumbs = [{ label: t('place.migrations'), to: '/migrations' }];
  if (query.data)
    return (
      <MigrationView migration={query.data} crumbs={crumbs}>
        <Outlet />
      </MigrationView>
    );
  if (!query.error)
    return (
      <Page title={t('migration.title')} crumbs={crumbs}>
        <Skeleton lines={8} />
      </Page>
    );
  return (
    <MissingPage error={query.error} crumbs={crumbs} title={t('migration.title')}>
      <ErrorView error={query.error} onRetry={() => void query.refetch()} />
    </MissingPage>
  );
}
