import type { User } from '@cacheferry/contract';
import { PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { useVisibilityLabel } from '../../session/use-visibility-label.ts';
import { changeUser, settingsKeys } from '../api.ts';

const minPassword = 12;

/** Giving a user a new password; their sessions end. */
export function ResetDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const toggle = useVisibilityLabel();
  const queryClient = useQueryClient();
  const [password, setPassword] = useState('');
  const reset = useMutation({
    mutationFn: () => changeUser(user.id, { password }),
    onSuccess: () => {
      toast(t('user.resetDone', { name: user.username }));
      void queryClient.invalidateQueries({ queryKey: settingsKeys.users });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={t('user.resetTitle', { name: user.username })}
      isOpen
      onClose={onClose}
      confirmLabel={t('user.reset')}
      onConfirm={() => reset.mutate()}
      isBusy={reset.isPending}
      error={reset.error}
      isBlocked={password.length < minPassword}
    >
      <p>{t('user.resetEffect')}</p>
      <PasswordInput
        label={t('user.firstPassword')}
        description={t('session.passwordRule')}
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        {...toggle}
      />
    </ConfirmDialog>
  );
}
