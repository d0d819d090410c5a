import type { StateChange } from '@cacheferry/contract';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { Time } from '../../../ui/time.tsx';
import { historyQuery } from '../api.ts';
import { StateBadge } from '../state-badge.tsx';
import { useMigration } from '../use-migration.ts';
import { actorText, changeText } from './change-text.ts';

type Row = StateChange & { lastedMs: number | null };

/** Every change of state: when, why, and by whom. Newest first. */
export function HistoryTab() {
  const { t } = useTranslation();
  const migration = useMigration();
  const query = useQuery(historyQuery(migration.id));
  return (
    <Panel title={t('migrationHistory.title')} isFlush>
      <QueryView query={query}>{(data) => <ChangeTable changes={data.items} />}</QueryView>
    </Panel>
  );
}

function ChangeTable({ changes }: { changes: StateChange[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = useMemo(() => withDurations(changes), [changes]);
  const columns = useMemo<Column<Row>[]>(
    () => [
      { id: 'at', meta: { label: t('migrationHistory.at') }, cell: ({ row }) => <Time at={row.original.at} /> },
      {
        id: 'to',
        meta: { label: t('migrationHistory.state') },
        cell: ({ row }) => <StateBadge state={row.original.to} />,
      },
      {
        id: 'lasted',
        meta: { label: t('migrationHistory.lasted') },
        cell: ({ row: { original } }) => (original.lastedMs === null ? '–' : format.duration(original.lastedMs)),
      },
      {
        id: 'event',
        meta: { label: t('migrationHistory.event') },
        cell: ({ row }) => changeText(row.original, t),
      },
      { id: 'by', meta: { label: t('migrationHistory.by') }, cell: ({ row }) => actorText(row.original, t) },
      {
        id: 'reason',
        meta: { label: t('migrationHistory.reason') },
        cell: ({ row }) => <span className="break">{row.original.reason ?? '–'}</span>,
      },
    ],
    [t, format],
  );
  return (
    <DataTable label={t('migrationHistory.title')} columns={columns} data={rows} rowKey={(row) => String(row.id)} />
  );
}

function withDurations(changes: StateChange[]): Row[] {
  return changes
    .map((change, index) => {
      const next = changes[index + 1];
      return { ...change, lastedMs: next ? Date.parse(next.at) - Date.parse(change.at) : null };
    })
    .reverse();
}
