import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorView } from '../../ui/problem-view.tsx';
import { changePassword, sessionQuery } from './api.ts';
import { type PasswordFault, passwordFault } from './password-fault.ts';
import { useVisibilityLabel } from './use-visibility-label.ts';

type Fields = { current: string; next: string; again: string };

/** Own password: the present one once, the new one twice. */
export function PasswordForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const toggle = useVisibilityLabel();
  const [fields, setFields] = useState<Fields>({ current: '', next: '', again: '' });
  const [fault, setFault] = useState<PasswordFault>();
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = passwordFault(fields);
    setFault(found);
    if (!found) change.mutate({ current: fields.current, next: fields.next });
  };
  const set = (name: keyof Fields) => (event: FormEvent<HTMLInputElement>) => {
    const { value } = event.currentTarget;
    setFields((before) => ({ ...before, [name]: value }));
  };
  const field = (name: keyof Fields, autoComplete: string, description?: string) => (
    <PasswordInput
      label={t(`session.${name}`)}
      name={name}
      autoComplete={autoComplete}
      required
      withAsterisk={false}
      value={fields[name]}
      onChange={set(name)}
      error={fault?.field === name && t(`session.fault.${fault.reason}`)}
      {...(description ? { description } : {})}
      {...toggle}
    />
  );
  return (
    <form className="stack" onSubmit={submit} noValidate>
      {change.error && <ErrorView error={change.error} />}
      {field('current', 'current-password')}
      {field('next', 'new-password', t('session.passwordRule'))}
      {field('again', 'new-password')}
      <Button type="submit" loading={change.isPending} fullWidth>
        {t('session.changePassword')}
      </Button>
    </form>
  );
}
