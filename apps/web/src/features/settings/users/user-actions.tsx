import type { User } from '@cacheferry/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { useMe } from '../../session/use-me.ts';
import { changeUser, removeUser, settingsKeys } from '../api.ts';
import { ResetDialog } from './reset-dialog.tsx';

/** A new password for a user, switching them off, and removing them. Nobody does that to themselves. */
export function UserActions({ user }: { user: User }) {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState<'remove' | 'reset' | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: settingsKeys.users });
  const toggle = useMutation({
    mutationFn: () => changeUser(user.id, { isDisabled: !user.isDisabled }),
    onSettled: refresh,
    onError: () => toast(t('user.changeFailed'), { tone: 'bad' }),
  });
  const remove = useMutation({
    mutationFn: () => removeUser(user.id),
    onSuccess: () => {
      setOpen(null);
      void refresh();
    },
  });
  const reason = user.id === me.id ? t('user.notSelf') : undefined;
  return (
    <span className="row">
      <GuardedButton size="compact-sm" variant="default" reason={reason} onClick={() => setOpen('reset')}>
        {t('user.reset')}
      </GuardedButton>
      <GuardedButton
        size="compact-sm"
        variant="default"
        reason={reason}
        loading={toggle.isPending}
        onClick={() => toggle.mutate()}
      >
        {user.isDisabled ? t('user.enable') : t('user.disable')}
      </GuardedButton>
      <GuardedButton size="compact-sm" variant="default" reason={reason} onClick={() => setOpen('remove')}>
        {t('action.remove')}
      </GuardedButton>
      {open === 'reset' && <ResetDialog user={user} onClose={() => setOpen(null)} />}
      <ConfirmDialog
        title={t('user.removeTitle', { name: user.username })}
        isOpen={open === 'remove'}
        onClose={() => (remove.reset(), setOpen(null))}
        confirmLabel={t('action.remove')}
        onConfirm={() => remove.mutate()}
        isBusy={remove.isPending}
        error={remove.error}
        typed={user.username}
        isDangerous
      >
        <p>{t('user.removeEffect')}</p>
      </ConfirmDialog>
    </span>
  );
}
