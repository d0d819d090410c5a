import type { Problem } from '@cacheferry/contract';
import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { problemOf } from '../app/http/problem-error.ts';
import { useProblemText } from '../i18n/problem-text.ts';
import { usePhrase } from '../i18n/use-phrase.ts';
import { CopyButton } from './copy-button.tsx';
import { cx } from './cx.ts';
import styles from './problem-view.module.css';

type ProblemViewProps = {
  problem: Problem;
  onRetry?: (() => void) | undefined;
  isWarning?: boolean;
  actions?: ReactNode;
  /** Announced at once by screen readers; off where the problem was there when the page opened. */
  isAlert?: boolean;
};

/** What went wrong, why, and what to do next; with its code and everything needed for a report. */
export function ProblemView({ problem, onRetry, isWarning, actions, isAlert = true }: ProblemViewProps) {
  const { t } = useTranslation();
  const text = useProblemText()(problem);
  return (
    <div className={cx(styles.problem, isWarning && styles.warning)} role={isAlert ? 'alert' : undefined}>
      <IconAlertTriangle className={styles.icon} size={18} aria-hidden />
      <p className={styles.title}>{text.title}</p>
      <div className={styles.body}>
        {text.fix && <p>{text.fix}</p>}
        {text.detail && <p className={styles.detail}>{text.detail}</p>}
        <FieldList fields={problem.fields} />
        <div className={styles.foot}>
          {onRetry && (
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              {t('action.retry')}
            </Button>
          )}
          {actions}
          <CopyButton text={reportOf(problem, text)} label={t('problem.copyDetails')} />
          <code className={styles.code}>{problem.code}</code>
        </div>
      </div>
    </div>
  );
}

function FieldList({ fields }: { fields: Problem['fields'] }) {
  const phrase = usePhrase();
  if (!fields?.length) return null;
  return (
    <ul className={styles.detail}>
      {fields.map((field) => (
        <li key={`${field.path} ${field.message}`}>
          <code>{field.path || '/'}</code>: {phrase(field.message)}
        </li>
      ))}
    </ul>
  );
}

/** The same for anything that was thrown. */
export function ErrorView({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return <ProblemView problem={problemOf(error)} onRetry={onRetry} />;
}

function reportOf(problem: Problem, text: { title: string; fix: string; detail: string }): string {
  const lines = [`${problem.code} (${problem.status})`, text.title, text.detail, text.fix];
  if (problem.requestId) lines.push(`request ${problem.requestId}`);
  return lines.filter(Boolean).join('\n');
}
