import type { SavedEndpoint } from '@cacheferry/contract';
import { IconDatabase, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useListSearch } from '../../../app/use-list-search.ts';
import { useFormat } from '../../../i18n/use-format.ts';
import { Ago } from '../../../ui/age.tsx';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { ListPager } from '../../../ui/list-pager.tsx';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { SearchField } from '../../../ui/search-field.tsx';
import type { Sorting } from '../../../ui/sort-head.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { endpointsQuery } from '../api.ts';
import { isKnownKind, kindKeys } from '../kinds.ts';

/** Saved sources and targets. */
export function EndpointsPage() {
  const { t } = useTranslation();
  const { search, setFilter, setQ, page } = useListSearch();
  const sort = search.sort ?? 'name';
  const query = useQuery(endpointsQuery({ q: search.q, sort, cursor: search.cursor }));
  return (
    <Page title={t('place.endpoints')} subtitle={t('endpoint.subtitle')} actions={<AddButton />}>
      <SearchField label={t('endpoint.search')} value={search.q ?? ''} onChange={setQ} />
      <QueryView query={query}>
        {(data) => (
          <>
            <Panel label={t('place.endpoints')} isFlush>
              {data.items.length === 0 ? (
                <NoEndpoints isFiltered={search.q !== undefined} />
              ) : (
                <EndpointTable
                  endpoints={data.items}
                  sorting={{ value: sort, onChange: (next) => setFilter({ sort: next }) }}
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

function AddButton() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const reason = useRoleReason('operator');
  return (
    <GuardedButton
      reason={reason}
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => void navigate({ to: '/endpoints/new' })}
    >
      {t('endpoint.add')}
    </GuardedButton>
  );
}

function NoEndpoints({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation();
  if (isFiltered) return <Empty icon={IconDatabase} title={t('endpoint.noMatch')} text={t('migrations.noMatchText')} />;
  return (
    <Empty icon={IconDatabase} title={t('endpoint.empty')} text={t('endpoint.emptyText')} actions={<AddButton />} />
  );
}

function EndpointTable({ endpoints, sorting }: { endpoints: SavedEndpoint[]; sorting: Sorting }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const columns = useMemo<Column<SavedEndpoint>[]>(
    () => [
      {
        id: 'name',
        meta: { label: t('endpoint.column.name'), sort: 'name' },
        cell: ({ row: { original } }) => (
          <Link to="/endpoints/$id" params={{ id: original.id }}>
            {original.name}
          </Link>
        ),
      },
      {
        id: 'kind',
        meta: { label: t('endpoint.column.kind'), sort: 'kind' },
        cell: ({ row: { original } }) => (isKnownKind(original.kind) ? t(kindKeys[original.kind]) : original.kind),
      },
      {
        id: 'url',
        meta: { label: t('endpoint.column.url') },
        cell: ({ row }) => <span className="mono break">{row.original.url}</span>,
      },
      {
        id: 'password',
        meta: { label: t('session.password') },
        cell: ({ row }) => (row.original.hasPassword ? t('endpoint.kept') : t('endpoint.noPassword')),
      },
      {
        id: 'used',
        meta: { label: t('endpoint.column.usedBy'), align: 'end' },
        cell: ({ row }) => <span className="num">{format.count(row.original.usedBy)}</span>,
      },
      {
        id: 'updated',
        meta: { label: t('endpoint.column.updated'), sort: 'updatedAt' },
        cell: ({ row }) => <Ago at={row.original.updatedAt} />,
      },
    ],
    [t, format],
  );
  return (
    <DataTable
      label={t('place.endpoints')}
      columns={columns}
      data={endpoints}
      rowKey={(endpoint) => endpoint.id}
      sorting={sorting}
      onOpen={({ id }) => void navigate({ to: '/endpoints/$id', params: { id } })}
    />
  );
}
