import type { Migration } from '@cacheferry/contract';
import { IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useListSearch } from '../../app/use-list-search.ts';
import { type Format, useFormat } from '../../i18n/use-format.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ListPager } from '../../ui/list-pager.tsx';
import { Page } from '../../ui/page.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Time } from '../../ui/time.tsx';
import { migrationsQuery } from '../migrations/api.ts';
import { RouteText } from '../migrations/route-text.tsx';
import { RunAgain } from '../migrations/run-again.tsx';
import { StateBadge } from '../migrations/state-badge.tsx';

/** Migrations that have ended, and running one again. */
export function HistoryPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { search, setFilter, setQ, page } = useListSearch();
  const sort = search.sort ?? '-endedAt';
  const query = useQuery(migrationsQuery({ view: 'ended', q: search.q, sort, cursor: search.cursor }));
  const columns = useHistoryColumns();
  return (
    <Page title={t('place.history')} subtitle={t('history.subtitle')}>
      <SearchField label={t('migrations.search')} value={search.q ?? ''} onChange={setQ} />
      <QueryView query={query}>
        {(data) => (
          <>
            <Panel label={t('place.history')} isFlush>
              {data.items.length === 0 ? (
                <Empty
                  icon={IconHistory}
                  title={search.q ? t('migrations.noMatch') : t('history.empty')}
                  text={search.q ? t('migrations.noMatchText') : t('history.emptyText')}
                />
              ) : (
                <DataTable
                  label={t('place.history')}
                  columns={columns}
                  data={data.items}
                  rowKey={(migration) => migration.id}
                  isStale={query.isPlaceholderData}
                  sorting={{ value: sort, onChange: (next) => setFilter({ sort: next }) }}
                  onOpen={({ id }) => void navigate({ to: '/migrations/$id/overview', params: { id } })}
                />
              )}
            </Panel>
            {data.items.length > 0 && <ListPager data={data} page={page} />}
          </>
        )}
      </QueryView>
    </Page>
  );
}

function useHistoryColumns(): Column<Migration>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'name',
        meta: { label: t('migrations.column.name'), sort: 'name' },
        cell: ({ row }) => <NameCell migration={row.original} />,
      },
      {
        id: 'state',
        meta: { label: t('migrations.column.state'), sort: 'state' },
        cell: ({ row }) => <StateBadge state={row.original.state} />,
      },
      {
        id: 'keys',
        meta: { label: t('headline.keys'), align: 'end' },
        cell: ({ row: { original } }) =>
          original.snapshot ? <span className="num">{format.count(original.snapshot.keysDone)}</span> : '–',
      },
      {
        id: 'check',
        meta: { label: t('history.lastCheck') },
        cell: ({ row: { original } }) => <LastCheck migration={original} />,
      },
      { id: 'owner', meta: { label: t('migrations.column.owner') }, cell: ({ row }) => row.original.owner.username },
      {
        id: 'ended',
        meta: { label: t('history.ended'), sort: 'endedAt' },
        cell: ({ row: { original } }) => (original.endedAt ? <Time at={original.endedAt} /> : '–'),
      },
      {
        id: 'lasted',
        meta: { label: t('history.lasted'), align: 'end' },
        cell: ({ row }) => lasted(row.original, format),
      },
      {
        id: 'again',
        meta: { label: t('history.again') },
        cell: ({ row }) => <RunAgain migration={row.original} isSmall />,
      },
    ],
    [t, format],
  );
}

function NameCell({ migration }: { migration: Migration }) {
  return (
    <span className="stack-tight" style={{ gap: 0 }}>
      <Link to="/migrations/$id/overview" params={{ id: migration.id }}>
        {migration.name}
      </Link>
      <RouteText migration={migration} />
    </span>
  );
}

function LastCheck({ migration: { lastCheck } }: { migration: Migration }) {
  const { t, i18n } = useTranslation();
  if (!lastCheck) return <span className="muted">{t('history.noCheck')}</span>;
  const key = `check.state.${lastCheck.state}`;
  return (
    <Link to="/checks/$id" params={{ id: lastCheck.id }}>
      {i18n.exists(key) ? t(key as 'check.state.running') : lastCheck.state}
    </Link>
  );
}

function lasted({ startedAt, endedAt }: Migration, format: Format): string {
  if (!startedAt || !endedAt) return '–';
  return format.duration(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)));
}
