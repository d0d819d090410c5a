import type { Migration } from '@cacheferry/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { useMachineNames } from '../../machines/use-machine-names.ts';
import { forgetMigration } from '../api.ts';
import { migrationKeys } from '../keys.ts';
import { endpointName } from '../route-text.tsx';

/** Removing what an ended migration has noted on its target. Its machine does it. */
export function ForgetDialog(props: { migration: Migration; isOpen: boolean; onClose: () => void }) {
  const { migration, isOpen, onClose } = props;
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const machine = useMachineNames(migration.machineIds.slice(0, 1)).join();
  const target = endpointName(migration.target);
  const forget = useMutation({
    mutationFn: () => forgetMigration(migration.id),
    onSuccess: async ({ keys }) => {
      toast(t('migration.forget.done', { count: keys, target }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: migrationKeys.history(migration.id) });
    },
  });
  return (
    <ConfirmDialog
      title={t('migration.forget.title', { target })}
      isOpen={isOpen}
      onClose={() => (forget.reset(), onClose())}
      confirmLabel={t('migration.forget.do')}
      onConfirm={() => forget.mutate()}
      isBusy={forget.isPending}
      error={forget.error}
      typed={migration.name}
      isDangerous
    >
      <p>{t('migration.forget.effect', { target, machine })}</p>
      <ul>
        <li>{t('migration.forget.data')}</li>
        <li>{t('migration.forget.noResume')}</li>
      </ul>
    </ConfirmDialog>
  );
}
