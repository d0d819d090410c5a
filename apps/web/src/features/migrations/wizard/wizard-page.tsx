import { IconCheck } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { cx } from '../../../ui/cx.ts';
import { Page } from '../../../ui/page.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { isStepDone, steps } from './draft-faults.ts';
import { useDraft } from './draft-store.ts';
import styles from './wizard.module.css';

/** A new migration in five steps, each with its own address. Nothing is touched before the last one. */
export function WizardPage() {
  const { t } = useTranslation();
  const { draft, secrets } = useDraft();
  const reason = useRoleReason('operator');
  return (
    <Page
      title={t('migrations.new')}
      subtitle={t('wizard.lead')}
      crumbs={[{ label: t('place.migrations'), to: '/migrations' }]}
      isNarrow
      isTall
    >
      <nav aria-label={t('wizard.steps')}>
        <ol className={styles.steps}>
          {steps.map((step, index) => {
            const isDone = isStepDone(step, draft, secrets);
            return (
              <li key={step}>
                <Link to={`/migrations/new/${step}`} className={cx(styles.step, isDone && styles.done)}>
                  <span className={styles.dot}>
                    {isDone ? <IconCheck size={12} stroke={3} aria-hidden /> : <span aria-hidden>{index + 1}</span>}
                  </span>
                  {t(`wizard.step.${step}`)}
                  {isDone && <span className="visually-hidden">{t('steps.status.after')}</span>}
                </Link>
              </li>
            );
          })}
        </ol>
      </nav>
      {reason && <p className="muted">{reason}</p>}
      <Outlet />
    </Page>
  );
}
