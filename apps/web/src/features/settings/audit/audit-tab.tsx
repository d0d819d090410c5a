import type { AuditEntry } from '@cacheferry/contract';
import { IconListDetails } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type ListSearchValues, useListSearch } from '../../../app/use-list-search.ts';
import { Badge } from '../../../ui/badge.tsx';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { ListPager } from '../../../ui/list-pager.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { SearchField } from '../../../ui/search-field.tsx';
import { Time } from '../../../ui/time.tsx';
import { auditQuery } from '../api.ts';
import { AuditDetail } from './audit-detail.tsx';

type Search = ListSearchValues & { user?: string | undefined; action?: string | undefined };

/** Who did what, when, from where, with what result. Entries are never changed. */
export function AuditTab() {
  const { t } = useTranslation();
  const { search, setFilter, page } = useListSearch<Search>();
  const { user, action, q, cursor } = search;
  const query = useQuery(auditQuery({ user, action, q, cursor }));
  const columns = useAuditColumns();
  const onUser = useCallback((value: string) => setFilter({ user: value || undefined }), [setFilter]);
  const onAction = useCallback((value: string) => setFilter({ action: value || undefined }), [setFilter]);
  return (
    <>
      <div className="row">
        <SearchField label={t('audit.user')} value={user ?? ''} onChange={onUser} />
        <SearchField label={t('audit.action')} value={action ?? ''} onChange={onAction} />
      </div>
      <QueryView query={query}>
        {(data) => (
          <>
            <Panel label={t('settings.tab.audit')} isFlush>
              {data.items.length === 0 ? (
                <Empty icon={IconListDetails} title={t('audit.empty')} text={t('audit.emptyText')} />
              ) : (
                <DataTable
                  label={t('settings.tab.audit')}
                  columns={columns}
                  data={data.items}
                  rowKey={(entry) => entry.id}
                  isStale={query.isPlaceholderData}
                />
              )}
            </Panel>
            <ListPager data={data} page={page} />
          </>
        )}
      </QueryView>
    </>
  );
}

function useAuditColumns(): Column<AuditEntry>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { id: 'at', meta: { label: t('audit.at') }, cell: ({ row }) => <Time at={row.original.at} /> },
      {
        id: 'actor',
        meta: { label: t('audit.user') },
        cell: ({ row: { original } }) => (
          <span>
            {original.actor}
            {original.address && <span className="muted"> · {original.address}</span>}
          </span>
        ),
      },
      { id: 'action', meta: { label: t('audit.action') }, cell: ({ row }) => <code>{row.original.action}</code> },
      {
        id: 'object',
        meta: { label: t('audit.object') },
        cell: ({ row: { original } }) => (
          <span className="break">{original.objectName ?? original.objectId ?? original.objectKind}</span>
        ),
      },
      {
        id: 'result',
        meta: { label: t('audit.result') },
        cell: ({ row: { original } }) => (
          <Badge tone={original.result === 'ok' ? 'ok' : 'warn'}>{original.result}</Badge>
        ),
      },
      { id: 'detail', meta: { label: t('audit.detail') }, cell: ({ row }) => <AuditDetail entry={row.original} /> },
    ],
    [t],
  );
}
