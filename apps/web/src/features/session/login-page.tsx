import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorView } from '../../ui/problem-view.tsx';
import { sessionQuery, signIn } from './api.ts';
import { SessionCard } from './session-card.tsx';
import { useVisibilityLabel } from './use-visibility-label.ts';

/** Signing in. An unknown user and a wrong password look the same. */
export function LoginPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const toggle = useVisibilityLabel();
  useEffect(() => {
    document.title = `${t('session.signIn')} · cacheferry`;
  }, [t]);
  const login = useMutation({
    mutationFn: signIn,
    onSuccess: async (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      await navigate({ href: session.user.mustChangePassword ? '/password' : (next ?? '/migrations'), replace: true });
    },
    onError: () => setPassword(''),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate({ username: username.trim(), password });
  };
  return (
    <SessionCard title={t('session.signIn')} lead={t('session.signInLead')}>
      <form className="stack" onSubmit={submit}>
        {login.error && <ErrorView error={login.error} />}
        <TextInput
          label={t('session.username')}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          required
          withAsterisk={false}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('session.password')}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          {...toggle}
        />
        <Button type="submit" loading={login.isPending} fullWidth>
          {t('session.signIn')}
        </Button>
      </form>
    </SessionCard>
  );
}
