import type { Migration } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { LinkButton } from '../../../ui/link-button.tsx';
import { type NextStepKind, nextStepOf } from '../next-step-of.ts';
import styles from './next-step.module.css';

/** What to do next, with the way there. */
export function NextStep({ migration }: { migration: Migration }) {
  const { t } = useTranslation();
  const kind = nextStepOf(migration);
  return (
    <section className={styles.card} aria-label={t('next.label')}>
      <div className={styles.text}>
        <p className={styles.title}>{t(`next.${kind}.title`)}</p>
        <p className="muted">{t(`next.${kind}.text`)}</p>
      </div>
      <NextLink kind={kind} migration={migration} />
    </section>
  );
}

const offersCheck = new Set<NextStepKind>(['check', 'checkCopy', 'moveInPart', 'doneInPart']);

function NextLink({ kind, migration }: { kind: NextStepKind; migration: Migration }) {
  const { t } = useTranslation();
  const params = { id: migration.id };
  if (offersCheck.has(kind))
    return (
      <LinkButton to="/migrations/$id/checks" params={params}>
        {t('next.openChecks')}
      </LinkButton>
    );
  if ((kind === 'inconsistent' || kind === 'checking') && migration.lastCheck)
    return (
      <LinkButton to="/checks/$id" params={{ id: migration.lastCheck.id }} variant="default">
        {t('next.openCheck')}
      </LinkButton>
    );
  if (kind === 'failed' || kind === 'lost')
    return (
      <LinkButton to="/migrations/$id/logs" params={params} variant="default">
        {t('next.openLogs')}
      </LinkButton>
    );
  return null;
}
