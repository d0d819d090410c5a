import type { NewToken, Role } from '@cacheferry/contract';
import { NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { newIdempotencyKey } from '../../../app/http/request.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { RoleSelect } from '../role-select.tsx';
import { FormFoot } from '../../../ui/form-foot.tsx';
import { createToken, settingsKeys } from '../api.ts';

const days = ['30', '90', '365', 'never'] as const;
const dayMs = 86_400_000;

/** Making a token: what it is for, what it may do, how long. */
export function NewTokenDialog({ onClose, onDone }: { onClose: () => void; onDone: (token: NewToken) => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const key = useRef(newIdempotencyKey());
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [lasts, setLasts] = useState<(typeof days)[number]>('90');
  const create = useMutation({
    mutationFn: () => {
      const expiresAt = lasts === 'never' ? null : new Date(Date.now() + Number(lasts) * dayMs).toISOString();
      return createToken({ name: name.trim(), role, expiresAt }, key.current);
    },
    onSuccess: (token) => {
      void queryClient.invalidateQueries({ queryKey: settingsKeys.tokens });
      onDone(token);
    },
    onError: () => {
      key.current = newIdempotencyKey();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') create.mutate();
  };
  return (
    <Dialog title={t('token.add')} isOpen onClose={onClose} size="md">
      <form className="stack" onSubmit={submit}>
        <TextInput
          label={t('token.name')}
          description={t('token.nameNote')}
          required
          maxLength={100}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <RoleSelect role={role} onChange={setRole} />
        <NativeSelect
          label={t('token.lasts')}
          value={lasts}
          onChange={(event) => setLasts(event.currentTarget.value as typeof lasts)}
          data={days.map((value) => ({
            value,
            label: value === 'never' ? t('conflict.never') : t('token.days', { count: Number(value) }),
          }))}
        />
        <FormFoot error={create.error} onCancel={onClose} submitLabel={t('token.add')} isBusy={create.isPending} />
      </form>
    </Dialog>
  );
}
