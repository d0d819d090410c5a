import type { Migration, ShardProgress } from '@cacheferry/contract';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { Badge, type Tone } from '../../../ui/badge.tsx';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { Pager } from '../../../ui/pager.tsx';
import { ProgressBar } from '../../../ui/progress-bar.tsx';
import { MachineNames } from '../../machines/machine-names.tsx';
import { shardShare } from '../progress-of.ts';
import { Lag } from '../quantities.tsx';
import { sortShards } from '../sort-shards.ts';
import { StateBadge } from '../state-badge.tsx';
import { endOfShard } from './shard-state.ts';
import styles from './shard-table.module.css';

const pageSize = 50;

const tones: Record<ShardProgress['phase'], Tone> = {
  connecting: 'idle',
  handshake: 'idle',
  waiting_snapshot: 'idle',
  full_sync: 'run',
  catching_up: 'run',
  incremental_sync: 'ok',
  reconnecting: 'warn',
  paused: 'warn',
  done: 'ok',
  failed: 'bad',
};

/** The shards of the source, each with its own progress. */
export function ShardTable({ migration, shards }: { migration: Migration; shards: ShardProgress[] }) {
  const { t } = useTranslation();
  const [sort, setSort] = useState('id');
  const [page, setPage] = useState(0);
  const columns = useShardColumns(
    migration,
    shards.some(({ machineId }) => machineId !== undefined),
  );
  const sorted = useMemo(() => sortShards(shards, sort), [shards, sort]);
  const shown = sorted.slice(page * pageSize, (page + 1) * pageSize);
  return (
    <>
      <DataTable
        label={t('shards.label')}
        columns={columns}
        data={shown}
        rowKey={(shard) => shard.id}
        sorting={{ value: sort, onChange: (next) => (setSort(next), setPage(0)) }}
      />
      {shards.length > pageSize && (
        <div className={styles.pager}>
          <Pager
            skipped={page * pageSize}
            shown={shown.length}
            total={shards.length}
            hasNext={(page + 1) * pageSize < shards.length}
            onFirst={() => setPage(0)}
            onPrevious={() => setPage(page - 1)}
            onNext={() => setPage(page + 1)}
          />
        </div>
      )}
    </>
  );
}

function useShardColumns({ state, shares }: Migration, isShared: boolean): Column<ShardProgress>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(() => {
    const unknown = <span className="muted">{t('quantity.unknown')}</span>;
    const count = (value: number | null) =>
      value === null ? unknown : <span className="num">{format.count(value)}</span>;
    const machine: Column<ShardProgress> = {
      id: 'machine',
      meta: { label: t('machine.title'), sort: 'machineId' },
      cell: ({ row }) => <MachineNames ids={row.original.machineId ? [row.original.machineId] : []} />,
    };
    return [
      {
        id: 'id',
        meta: { label: t('shards.shard'), sort: 'id' },
        cell: ({ row }) => <ShardName id={row.original.id} />,
      },
      {
        id: 'source',
        meta: { label: t('shards.source') },
        cell: ({ row }) => <span className="mono break">{row.original.source || '–'}</span>,
      },
      ...(isShared ? [machine] : []),
      {
        id: 'phase',
        meta: { label: t('shards.phase'), sort: 'phase' },
        cell: ({ row }) => <ShardPhase shard={row.original} end={endOfShard(row.original, { state, shares })} />,
      },
      {
        id: 'progress',
        meta: { label: t('shards.progress'), sort: 'progress' },
        cell: ({ row }) => <ShardBar shard={row.original} />,
      },
      {
        id: 'keys',
        meta: { label: t('headline.keys'), align: 'end', sort: 'keysDone' },
        cell: ({ row }) => count(row.original.keysDone),
      },
      {
        id: 'bytes',
        meta: { label: t('shards.bytes'), align: 'end', sort: 'bytesDone' },
        cell: ({ row }) => <span className="num">{format.bytes(row.original.bytesDone)}</span>,
      },
      {
        id: 'offset',
        meta: { label: t('shards.offset'), align: 'end' },
        cell: ({ row }) => count(row.original.offset),
      },
      {
        id: 'lag',
        meta: { label: t('shards.lag'), align: 'end', sort: 'lagBytes' },
        cell: ({ row }) => <Lag snapshot={row.original.phase === 'done' ? null : row.original} />,
      },
    ];
  }, [t, format, isShared, state, shares]);
}

function ShardPhase({ shard, end }: { shard: ShardProgress; end: ReturnType<typeof endOfShard> }) {
  const { t } = useTranslation();
  if (end) return <StateBadge state={end} />;
  return <Badge tone={tones[shard.phase]}>{t(`phase.${shard.phase}`)}</Badge>;
}

/** Shards of a cluster are called by the id of a node: its beginning tells them apart. */
function ShardName({ id }: { id: string }) {
  if (!/^[0-9a-f]{40}$/.test(id)) return id;
  return (
    <span className="mono" title={id}>
      {id.slice(0, 8)}
    </span>
  );
}

function ShardBar({ shard }: { shard: ShardProgress }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = ['incremental_sync', 'catching_up', 'done'].includes(shard.phase) ? 1 : shardShare(shard);
  return (
    <div className={styles.bar}>
      <ProgressBar share={share} label={t('shards.progress')} />
      <span className="num muted">{share === null ? t('quantity.unknown') : format.share(share)}</span>
    </div>
  );
}
