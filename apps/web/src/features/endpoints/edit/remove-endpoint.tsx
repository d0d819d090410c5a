import type { SavedEndpoint } from '@cacheferry/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { removeEndpoint } from '../api.ts';

/** Removing a saved endpoint; the server itself is not touched. */
export function RemoveEndpoint(props: { endpoint: SavedEndpoint; isOpen: boolean; onClose: () => void }) {
  const { endpoint, isOpen, onClose } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeEndpoint(endpoint.id),
    onSuccess: async () => {
      toast(t('endpoint.removed', { name: endpoint.name }));
      await navigate({ to: '/endpoints' });
      queryClient.removeQueries({ queryKey: ['endpoints', 'one', endpoint.id] });
      await queryClient.invalidateQueries({ queryKey: ['endpoints'] });
    },
  });
  return (
    <ConfirmDialog
      title={t('endpoint.removeTitle', { name: endpoint.name })}
      isOpen={isOpen}
      onClose={() => (remove.reset(), onClose())}
      confirmLabel={t('action.remove')}
      onConfirm={() => remove.mutate()}
      isBusy={remove.isPending}
      error={remove.error}
      typed={endpoint.name}
      isDangerous
    >
      <p>{t('endpoint.removeEffect')}</p>
    </ConfirmDialog>
  );
}
