import type { Migration } from '@cacheferry/contract';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Ago, AsOf } from '../../../ui/age.tsx';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import type { Sorting } from '../../../ui/sort-head.tsx';
import { MachineNames } from '../../machines/machine-names.tsx';
import { isStale } from '../progress-of.ts';
import { RouteText } from '../route-text.tsx';
import { shownState } from '../shown-state.ts';
import { StateBadge } from '../state-badge.tsx';
import { LagCell, ProgressCell, RateCell } from './cells.tsx';
import styles from './migration-table.module.css';

type MigrationTableProps = {
  migrations: Migration[];
  sorting?: Sorting;
  isStale: boolean;
  onOpen: (migration: Migration) => void;
};

/** Migrations, one a row: state, progress, rate, lag, age, where it goes, who and what runs it. */
export function MigrationTable({ migrations, sorting, isStale: isOld, onOpen }: MigrationTableProps) {
  const { t } = useTranslation();
  const columns = useMemo<Column<Migration>[]>(
    () => [
      {
        id: 'name',
        meta: { label: t('migrations.column.name'), sort: 'name' },
        cell: ({ row }) => <NameCell migration={row.original} />,
      },
      {
        id: 'state',
        meta: { label: t('migrations.column.state'), sort: 'state' },
        cell: ({ row }) => <StateCell migration={row.original} />,
      },
      {
        id: 'progress',
        meta: { label: t('migrations.column.progress') },
        cell: ({ row }) => <ProgressCell migration={row.original} />,
      },
      {
        id: 'rate',
        meta: { label: t('migrations.column.rate'), align: 'end' },
        cell: ({ row }) => <RateCell migration={row.original} />,
      },
      {
        id: 'lag',
        meta: { label: t('migrations.column.lag'), align: 'end' },
        cell: ({ row }) => <LagCell migration={row.original} />,
      },
      {
        id: 'machine',
        meta: { label: t('migrations.column.machine') },
        cell: ({ row }) => <MachineNames ids={row.original.machineIds} />,
      },
      {
        id: 'owner',
        meta: { label: t('migrations.column.owner'), sort: 'ownerName' },
        cell: ({ row }) => row.original.owner.username,
      },
      {
        id: 'created',
        meta: { label: t('migrations.column.created'), sort: 'createdAt' },
        cell: ({ row }) => <Ago at={row.original.createdAt} />,
      },
    ],
    [t],
  );
  return (
    <DataTable
      label={t('place.migrations')}
      columns={columns}
      data={migrations}
      rowKey={(row) => row.id}
      onOpen={onOpen}
      isStale={isOld}
      {...(sorting ? { sorting } : {})}
    />
  );
}

function NameCell({ migration }: { migration: Migration }) {
  return (
    <div className={styles.name}>
      <Link to="/migrations/$id/overview" params={{ id: migration.id }} className={styles.link}>
        {migration.name}
      </Link>
      <RouteText migration={migration} />
    </div>
  );
}

function StateCell({ migration }: { migration: Migration }) {
  return (
    <span className={styles.state}>
      <StateBadge state={shownState(migration)} />
      {isStale(migration) && migration.snapshotAt && <AsOf at={migration.snapshotAt} />}
    </span>
  );
}
