import type { Machine } from '@cacheferry/contract';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import type { Sorting } from '../../../ui/sort-head.tsx';
import { addressOf } from '../address.ts';
import { MachineBadge } from '../machine-badge.tsx';
import { machineName } from '../machine-name.ts';

type MachineTableProps = { machines: Machine[]; sorting: Sorting; onOpen: (machine: Machine) => void };

/** Machines, one a row: state, room, load, engine. */
export function MachineTable({ machines, sorting, onOpen }: MachineTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<Column<Machine>[]>(
    () => [
      {
        id: 'name',
        meta: { label: t('machine.column.name'), sort: 'name' },
        cell: ({ row }) => <NameCell machine={row.original} />,
      },
      {
        id: 'state',
        meta: { label: t('machine.column.state') },
        cell: ({ row }) => <MachineBadge machine={row.original} />,
      },
      {
        id: 'slots',
        meta: { label: t('machine.column.slots'), align: 'end' },
        cell: ({ row: { original } }) => (
          <span className="num">{t('machine.slotsUsed', { used: original.running, slots: original.slots })}</span>
        ),
      },
      {
        id: 'load',
        meta: { label: t('machine.column.load'), align: 'end' },
        cell: ({ row: { original } }) =>
          original.facts ? <span className="num">{original.facts.load1.toFixed(2)}</span> : '–',
      },
      {
        id: 'memory',
        meta: { label: t('machine.column.memory'), align: 'end' },
        cell: ({ row: { original } }) =>
          original.facts ? <span className="num">{format.bytes(original.facts.memoryAvailableBytes)}</span> : '–',
      },
      {
        id: 'disk',
        meta: { label: t('machine.column.disk'), align: 'end' },
        cell: ({ row: { original } }) =>
          original.facts ? <span className="num">{format.bytes(original.facts.diskFreeBytes)}</span> : '–',
      },
      {
        id: 'engine',
        meta: { label: t('machine.column.engine') },
        cell: ({ row: { original } }) =>
          original.engine?.version ?? <span className="muted">{t('machine.notInstalled')}</span>,
      },
    ],
    [t, format],
  );
  return (
    <DataTable
      label={t('place.machines')}
      columns={columns}
      data={machines}
      rowKey={(machine) => machine.id}
      sorting={sorting}
      onOpen={onOpen}
    />
  );
}

function NameCell({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const name = machineName(machine, t);
  const address = addressOf(machine) ?? t('machine.local');
  return (
    <span className="stack-tight" style={{ gap: 0 }}>
      <Link to="/machines/$id" params={{ id: machine.id }}>
        {name}
      </Link>
      {address !== name && <span className="muted mono">{address}</span>}
    </span>
  );
}
