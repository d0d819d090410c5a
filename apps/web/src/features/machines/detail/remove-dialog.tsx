import type { Machine } from '@cacheferry/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { removeMachine } from '../api.ts';
import { machineKeys } from '../keys.ts';

/** Removing a machine from the list, its name typed. */
export function RemoveDialog(props: { machine: Machine; isOpen: boolean; onClose: () => void }) {
  const { machine, isOpen, onClose } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeMachine(machine.id),
    onSuccess: async () => {
      toast(t('machine.removed', { name: machine.name }));
      await navigate({ to: '/machines' });
      queryClient.removeQueries({ queryKey: machineKeys.one(machine.id) });
      await queryClient.invalidateQueries({ queryKey: machineKeys.all });
    },
  });
  return (
    <ConfirmDialog
      title={t('machine.removeTitle', { name: machine.name })}
      isOpen={isOpen}
      onClose={() => (remove.reset(), onClose())}
      confirmLabel={t('action.remove')}
      onConfirm={() => remove.mutate()}
      isBusy={remove.isPending}
      error={remove.error}
      typed={machine.name}
      isDangerous
    >
      <p>{t('machine.removeEffect')}</p>
    </ConfirmDialog>
  );
}
