import type { Migration, MigrationShare } from '@cacheferry/contract';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { Badge } from '../../../ui/badge.tsx';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { MachineNames } from '../../machines/machine-names.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { ActionError } from '../detail/action-error.tsx';
import { useAct } from '../detail/use-act.ts';
import { StateBadge } from '../state-badge.tsx';
import { canStartShares } from './can-start-shares.ts';

/** What each of several machines does; one that has failed says why, and can be started again alone. */
export function Shares({ migration }: { migration: Migration }) {
  const { t } = useTranslation();
  const act = useAct(migration);
  const role = useRoleReason('operator');
  const columns = useShareColumns();
  if (migration.shares.length === 0) return null;
  const again = canStartShares(migration) && (
    <GuardedButton
      variant="filled"
      leftSection={<IconPlayerPlay size={15} aria-hidden />}
      reason={role}
      loading={act.isPending}
      onClick={() => act.mutate({ action: 'start' })}
    >
      {t('shares.again')}
    </GuardedButton>
  );
  const failed = migration.shares.flatMap(({ machineId, problem }) => (problem ? [{ machineId, problem }] : []));
  return (
    <Panel title={t('shares.title', { count: migration.shares.length })} actions={again} isFlush={failed.length === 0}>
      <div className="stack">
        <DataTable
          label={t('shares.label')}
          columns={columns}
          data={migration.shares}
          rowKey={({ machineId }) => machineId}
        />
        {failed.map(({ machineId, problem }) => (
          <div key={machineId} className="stack-tight">
            <p>
              <MachineNames ids={[machineId]} />
            </p>
            <ProblemView problem={problem} isAlert={false} />
          </div>
        ))}
      </div>
      <ActionError error={act.error} onClose={act.reset} migration={migration} />
    </Panel>
  );
}

function useShareColumns(): Column<MigrationShare>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      id: 'machine',
      meta: { label: t('machine.title') },
      cell: ({ row }) => <MachineNames ids={[row.original.machineId]} />,
    },
    {
      id: 'state',
      meta: { label: t('shares.state') },
      cell: ({ row: { original } }) =>
        original.state === 'unused' ? (
          <Badge tone="idle">{t('shares.unused')}</Badge>
        ) : (
          <StateBadge state={original.state} />
        ),
    },
    {
      id: 'shards',
      meta: { label: t('shards.label'), align: 'end' },
      cell: ({ row }) => <span className="num">{format.count(row.original.shards)}</span>,
    },
  ];
}
