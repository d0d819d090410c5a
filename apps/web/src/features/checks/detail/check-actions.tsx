import { type Check, isCheckEnded } from '@cacheferry/contract';
import { IconPlayerStop, IconTool } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { stopCheck } from '../api.ts';
import { checkKeys } from '../keys.ts';
import { conflictTotal } from '../mode-text.ts';
import { RepairDialog } from './repair-dialog.tsx';

/** Stopping a check that runs; repairing what an ended one found. */
export function CheckActions({ check }: { check: Check }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<'stop' | 'repair' | null>(null);
  const reason = useRoleReason('operator');
  const adminReason = useRoleReason('admin');
  // A repair deletes what only the target has.
  const repairReason = (check.conflicts.extra ?? 0) > 0 ? adminReason : reason;
  const close = () => setOpen(null);
  const isOver = isCheckEnded(check.state);
  return (
    <>
      {!isOver && (
        <GuardedButton
          variant="default"
          reason={reason}
          leftSection={<IconPlayerStop size={15} aria-hidden />}
          onClick={() => setOpen('stop')}
        >
          {t('check.stop')}
        </GuardedButton>
      )}
      {isOver && conflictTotal(check.conflicts) > 0 && (
        <GuardedButton
          reason={repairReason}
          leftSection={<IconTool size={15} aria-hidden />}
          onClick={() => setOpen('repair')}
        >
          {t('check.repair')}
        </GuardedButton>
      )}
      <StopDialog check={check} isOpen={open === 'stop'} onClose={close} />
      {open === 'repair' && <RepairDialog check={check} onClose={close} />}
    </>
  );
}

function StopDialog({ check, isOpen, onClose }: { check: Check; isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const stop = useMutation({
    mutationFn: () => stopCheck(check.id),
    onSuccess: (next) => {
      queryClient.setQueryData(checkKeys.one(check.id), next);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={t('check.stopTitle')}
      isOpen={isOpen}
      onClose={() => (stop.reset(), onClose())}
      confirmLabel={t('check.stop')}
      onConfirm={() => stop.mutate()}
      isBusy={stop.isPending}
      error={stop.error}
    >
      <p>{t('check.stopEffect')}</p>
    </ConfirmDialog>
  );
}
