import type { Check } from '@cacheferry/contract';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../../i18n/use-format.ts';
import { Ago } from '../../ui/age.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import type { Sorting } from '../../ui/sort-head.tsx';
import { CheckBadge } from './check-badge.tsx';
import { checkShare } from './check-share.ts';
import { conflictTotal, modeText } from './mode-text.ts';
import { repairText } from './repair-text.ts';

type CheckTableProps = {
  checks: Check[];
  /** Left out on the page of one migration. */
  hasMigration?: boolean;
  sorting?: Sorting;
  onOpen: (check: Check) => void;
};

/** Full checks, one a row. */
export function CheckTable({ checks, hasMigration, sorting, onOpen }: CheckTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<Column<Check>[]>(() => {
    const name: Column<Check> = {
      id: 'name',
      meta: { label: t('check.column.check') },
      cell: ({ row: { original } }) => (
        <NameCell check={original} hasMigration={hasMigration ?? false} format={format} />
      ),
    };
    return [
      name,
      {
        id: 'state',
        meta: { label: t('check.column.state'), sort: 'state' },
        cell: ({ row }) => <CheckBadge state={row.original.state} />,
      },
      {
        id: 'progress',
        meta: { label: t('check.column.progress') },
        cell: ({ row }) => <Progress check={row.original} />,
      },
      {
        id: 'conflicts',
        meta: { label: t('check.column.conflicts'), align: 'end' },
        cell: ({ row }) => <span className="num">{format.count(conflictTotal(row.original.conflicts))}</span>,
      },
      { id: 'by', meta: { label: t('check.column.by') }, cell: ({ row }) => row.original.by.username },
      {
        id: 'at',
        meta: { label: t('check.column.created'), sort: 'createdAt' },
        cell: ({ row }) => <Ago at={row.original.createdAt} />,
      },
    ];
  }, [t, format, hasMigration]);
  return (
    <DataTable
      label={t('place.checks')}
      columns={columns}
      data={checks}
      rowKey={(check) => check.id}
      onOpen={onOpen}
      {...(sorting ? { sorting } : {})}
    />
  );
}

function NameCell({ check, hasMigration, format }: { check: Check; hasMigration: boolean; format: Format }) {
  const { t } = useTranslation();
  const mode = modeText(check.options.mode, t, format);
  const repair = check.result?.repair;
  const done = repair ? repairText(repair, t, format) : t('check.withRepair');
  const notes = [hasMigration && mode, check.options.repair && done].filter(Boolean);
  return (
    <span className="stack-tight" style={{ gap: 0 }}>
      <Link to="/checks/$id" params={{ id: check.id }}>
        {hasMigration ? check.migrationName : mode}
      </Link>
      {notes.length > 0 && <span className="muted">{notes.join(' · ')}</span>}
    </span>
  );
}

function Progress({ check }: { check: Check }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = checkShare(check);
  return (
    <span className="row" style={{ flexWrap: 'nowrap' }}>
      <span style={{ width: 90 }}>
        <ProgressBar share={share} label={t('check.column.progress')} />
      </span>
      {check.snapshot && (
        <span className="muted num">
          {t('check.roundOf', { round: check.snapshot.round, rounds: check.snapshot.rounds })} ·{' '}
          {format.count(check.snapshot.keysCompared)}
        </span>
      )}
    </span>
  );
}
