import type { Token } from '@cacheferry/contract';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { revokeToken, settingsKeys } from '../api.ts';

/** Making a token void at once. */
export function RevokeToken({ token }: { token: Token }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const revoke = useMutation({
    mutationFn: () => revokeToken(token.id),
    onSuccess: () => {
      setOpen(false);
      void queryClient.invalidateQueries({ queryKey: settingsKeys.tokens });
    },
  });
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>
        {t('token.revoke')}
      </Button>
      <ConfirmDialog
        title={t('token.revokeTitle', { name: token.name })}
        isOpen={isOpen}
        onClose={() => (revoke.reset(), setOpen(false))}
        confirmLabel={t('token.revoke')}
        onConfirm={() => revoke.mutate()}
        isBusy={revoke.isPending}
        error={revoke.error}
        typed={token.name}
        isDangerous
      >
        <p>{t('token.revokeEffect')}</p>
      </ConfirmDialog>
    </>
  );
}
