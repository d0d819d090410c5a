import type { Migration } from '@cacheferry/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { deleteMigration } from '../api.ts';
import { migrationKeys } from '../keys.ts';

/** Deleting the record of a migration; the data on both sides is not touched. */
export function DeleteDialog(props: { migration: Migration; isOpen: boolean; onClose: () => void }) {
  const { migration, isOpen, onClose } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteMigration(migration.id),
    onSuccess: async () => {
      toast(t('migration.deleted', { name: migration.name }));
      await navigate({ to: '/migrations' });
      queryClient.removeQueries({ queryKey: migrationKeys.one(migration.id) });
      await queryClient.invalidateQueries({ queryKey: migrationKeys.lists });
    },
  });
  return (
    <ConfirmDialog
      title={t('migration.deleteTitle', { name: migration.name })}
      isOpen={isOpen}
      onClose={() => (remove.reset(), onClose())}
      confirmLabel={t('migration.delete')}
      onConfirm={() => remove.mutate()}
      isBusy={remove.isPending}
      error={remove.error}
      typed={migration.name}
      isDangerous
    >
      <p>{t('migration.deleteEffect')}</p>
    </ConfirmDialog>
  );
}
