import type { Role } from '@cacheferry/contract';
import { PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { newIdempotencyKey } from '../../../app/http/request.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { RoleSelect } from '../role-select.tsx';
import { FormFoot } from '../../../ui/form-foot.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { useVisibilityLabel } from '../../session/use-visibility-label.ts';
import { createUser, settingsKeys } from '../api.ts';

const usernameShape = /^[a-zA-Z0-9][a-zA-Z0-9._@-]{0,62}$/;
const minPassword = 12;

/** Adding a user, with a first password that they change themselves. */
export function NewUserDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const toggle = useVisibilityLabel();
  const queryClient = useQueryClient();
  const key = useRef(newIdempotencyKey());
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const [isChecked, setChecked] = useState(false);
  const create = useMutation({
    mutationFn: () => createUser({ username: username.trim(), password, role }, key.current),
    onSuccess: (user) => {
      toast(t('user.added', { name: user.username }));
      void queryClient.invalidateQueries({ queryKey: settingsKeys.users });
      onClose();
    },
    onError: () => {
      key.current = newIdempotencyKey();
    },
  });
  const isNameWrong = !usernameShape.test(username.trim());
  const isPasswordWrong = password.length < minPassword;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!isNameWrong && !isPasswordWrong) create.mutate();
  };
  return (
    <Dialog title={t('user.add')} isOpen onClose={onClose} size="md">
      <form className="stack" onSubmit={submit} noValidate>
        <TextInput
          label={t('session.username')}
          required
          autoComplete="off"
          data-autofocus
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
          error={isChecked && isNameWrong && t('user.nameRule')}
        />
        <PasswordInput
          label={t('user.firstPassword')}
          description={t('session.passwordRule')}
          required
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={isChecked && isPasswordWrong && t('session.fault.short')}
          {...toggle}
        />
        <RoleSelect role={role} onChange={setRole} />
        <FormFoot error={create.error} onCancel={onClose} submitLabel={t('user.add')} isBusy={create.isPending} />
      </form>
    </Dialog>
  );
}
