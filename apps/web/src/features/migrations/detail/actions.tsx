import type { Migration } from '@cacheferry/contract';
import { ActionIcon } from '@mantine/core';
import {
  IconDots,
  IconEraser,
  IconGauge,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconTrash,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { type Action, allowedActions, isDeletable, isForgettable } from '../allowed-actions.ts';
import { RunAgain } from '../run-again.tsx';
import { ActionError } from './action-error.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { ForgetDialog } from './forget-dialog.tsx';
import { RateDialog } from './rate-dialog.tsx';
import { StopDialog } from './stop-dialog.tsx';
import { useAct } from './use-act.ts';

type Open = 'stop' | 'rate' | 'forget' | 'delete' | null;

/** What can be done with a migration in its state. Each button waits for the engine's own report. */
export function Actions({ migration }: { migration: Migration }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const act = useAct(migration);
  const allowed = allowedActions(migration);
  const role = useRoleReason('operator');
  const asked = migration.pending?.command ?? (act.isPending ? act.variables.action : undefined);
  const reason = role ?? (asked ? t('migration.waitForAck') : undefined);
  const button = (action: Action, Icon: typeof IconGauge, onClick: () => void, variant = 'default') =>
    allowed[action] && (
      <GuardedButton variant={variant} leftSection={<Icon size={15} aria-hidden />} reason={reason} onClick={onClick}>
        {asked === action ? t(`migration.doing.${action}`) : t(`migration.do.${labelOf(action, migration)}`)}
      </GuardedButton>
    );
  return (
    <>
      {button('start', IconPlayerPlay, () => act.mutate({ action: 'start' }), 'filled')}
      {button('resume', IconPlayerPlay, () => act.mutate({ action: 'resume' }), 'filled')}
      {button('pause', IconPlayerPause, () => act.mutate({ action: 'pause' }))}
      {button('rate', IconGauge, () => setOpen('rate'))}
      {button('stop', IconPlayerStop, () => setOpen('stop'))}
      <RunAgain migration={migration} />
      {isDeletable(migration) && <MoreMenu migration={migration} reason={role} onOpen={setOpen} />}
      <ActionError error={act.error} onClose={act.reset} migration={migration} />
      <StopDialog migration={migration} isOpen={open === 'stop'} onClose={close} />
      {open === 'rate' && <RateDialog migration={migration} onClose={close} />}
      <ForgetDialog migration={migration} isOpen={open === 'forget'} onClose={close} />
      <DeleteDialog migration={migration} isOpen={open === 'delete'} onClose={close} />
    </>
  );
}

/** After a stop or a failure, starting goes on from the checkpoint: it is called so. */
function labelOf(action: Action, { state }: Migration): Action | 'restart' {
  return action === 'start' && state !== 'draft' ? 'restart' : action;
}

type MoreMenuProps = { migration: Migration; reason: string | undefined; onOpen: (dialog: Open) => void };

function MoreMenu({ migration, reason, onOpen }: MoreMenuProps) {
  const { t } = useTranslation();
  const forget = { label: t('migration.forget.item'), icon: IconEraser, reason, onSelect: () => onOpen('forget') };
  return (
    <Menu
      label={t('action.more')}
      items={[
        ...(isForgettable(migration) ? [forget] : []),
        {
          label: t('migration.delete'),
          icon: IconTrash,
          isDangerous: true,
          reason,
          onSelect: () => onOpen('delete'),
        },
      ]}
      button={(props) => (
        <ActionIcon variant="default" size="md" aria-label={t('action.more')} {...props}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      )}
    />
  );
}
