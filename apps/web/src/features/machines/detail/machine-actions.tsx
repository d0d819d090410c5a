import type { Machine } from '@cacheferry/contract';
import { IconEdit, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { drainMachine } from '../api.ts';
import { useMachineAction } from '../use-machine-action.ts';
import { EditDialog } from './edit-dialog.tsx';
import { RemoveDialog } from './remove-dialog.tsx';

/** Draining, changing and removing a machine. */
export function MachineActions({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const role = useRoleReason('admin');
  const [open, setOpen] = useState<'edit' | 'remove' | null>(null);
  const drain = useMachineAction((isDraining: boolean) => drainMachine(machine.id, isDraining));
  const toggle = () =>
    drain.mutate(!machine.isDraining, { onError: () => toast(t('machine.drainFailed'), { tone: 'bad' }) });
  const close = () => setOpen(null);
  return (
    <>
      <GuardedButton variant="default" reason={role} loading={drain.isPending} onClick={toggle}>
        {machine.isDraining ? t('machine.undrain') : t('machine.drain')}
      </GuardedButton>
      <GuardedButton
        variant="default"
        reason={role}
        leftSection={<IconEdit size={15} aria-hidden />}
        onClick={() => setOpen('edit')}
      >
        {t('action.edit')}
      </GuardedButton>
      {machine.kind === 'ssh' && (
        <GuardedButton
          variant="default"
          reason={role ?? (machine.running > 0 ? t('machine.busy') : undefined)}
          leftSection={<IconTrash size={15} aria-hidden />}
          onClick={() => setOpen('remove')}
        >
          {t('action.remove')}
        </GuardedButton>
      )}
      {open === 'edit' && <EditDialog machine={machine} onClose={close} />}
      <RemoveDialog machine={machine} isOpen={open === 'remove'} onClose={close} />
    </>
  );
}
