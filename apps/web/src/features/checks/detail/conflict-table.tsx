import type { ConflictSide, StoredConflict } from '@cacheferry/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../../../i18n/use-format.ts';
import { Badge } from '../../../ui/badge.tsx';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { KeyText } from '../../../ui/key-text.tsx';
import { useMe } from '../../session/use-me.ts';
import { classLabel } from './class-label.ts';
import styles from './conflicts.module.css';

type ConflictTableProps = {
  conflicts: StoredConflict[];
  chosen: string | undefined;
  onChoose: (conflict: StoredConflict) => void;
  isStale: boolean;
};

/** Differing keys, one a row. */
export function ConflictTable({ conflicts, chosen, onChoose, isStale }: ConflictTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  // To viewers the server may send empty keys in place of hidden ones.
  const isViewer = useMe().role === 'viewer';
  const columns = useMemo<Column<StoredConflict>[]>(
    () => [
      {
        id: 'key',
        meta: { label: t('conflict.column.key') },
        cell: ({ row: { original } }) => (
          <button type="button" className={styles.key} onClick={() => onChoose(original)}>
            <KeyText base64={original.key} maxBytes={120} isHidden={isViewer && original.key === ''} />
          </button>
        ),
      },
      {
        id: 'class',
        meta: { label: t('conflict.column.class') },
        cell: ({ row }) => <Badge tone="bad">{classLabel(row.original.class, t)}</Badge>,
      },
      { id: 'type', meta: { label: t('conflict.column.type') }, cell: ({ row }) => row.original.type },
      { id: 'db', meta: { label: t('conflict.column.db'), align: 'end' }, cell: ({ row }) => row.original.db },
      {
        id: 'source',
        meta: { label: t('conflict.column.source'), align: 'end' },
        cell: ({ row }) => sideText(row.original.source, t('conflict.absent'), format),
      },
      {
        id: 'target',
        meta: { label: t('conflict.column.target'), align: 'end' },
        cell: ({ row }) => sideText(row.original.target, t('conflict.absent'), format),
      },
      { id: 'round', meta: { label: t('conflict.column.round'), align: 'end' }, cell: ({ row }) => row.original.round },
    ],
    [t, format, onChoose, isViewer],
  );
  return (
    <DataTable
      label={t('conflict.title')}
      columns={columns}
      data={conflicts}
      rowKey={(conflict) => conflict.id}
      chosen={chosen ?? ''}
      onOpen={onChoose}
      isStale={isStale}
    />
  );
}

function sideText(side: ConflictSide | null, absent: string, format: Format) {
  if (!side) return <span className="muted">{absent}</span>;
  if (side.valueBytes !== null) return <span className="num">{format.bytes(side.valueBytes)}</span>;
  return <span className="num">{side.length === null ? '–' : format.count(side.length)}</span>;
}
