import { useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { toast } from '../../ui/toasts.tsx';
import { sessionQuery } from './api.ts';
import { PasswordForm } from './password-form.tsx';
import { SessionCard } from './session-card.tsx';

/** Changing the own password; the only way on while the one-time password is in use. */
export function PasswordPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { user } = useSuspenseQuery(sessionQuery).data;
  const done = () => {
    toast(t('session.passwordChanged'));
    void navigate({ to: '/migrations', replace: true });
  };
  const lead = user.mustChangePassword ? t('session.mustChangeLead') : t('session.changeLead');
  return (
    <SessionCard title={t('session.changePassword')} lead={lead}>
      <PasswordForm onDone={done} />
    </SessionCard>
  );
}
