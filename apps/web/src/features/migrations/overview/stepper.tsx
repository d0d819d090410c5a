import type { Migration } from '@cacheferry/contract';
import { IconAlertTriangle, IconCheck, IconPlayerStopFilled } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { cx } from '../../../ui/cx.ts';
import { useNow } from '../../../ui/use-now.ts';
import { historyQuery } from '../api.ts';
import { type StepView, stepsOf } from '../phases-of.ts';
import { shownState } from '../shown-state.ts';
import styles from './stepper.module.css';

/** The steps of a migration, each with its start and the time spent. */
export function Stepper({ migration }: { migration: Migration }) {
  const { t } = useTranslation();
  const { data } = useQuery(historyQuery(migration.id));
  const now = useNow(1000);
  const steps = stepsOf(migration.mode, shownState(migration), data?.items ?? [], now);
  return (
    <ol className={styles.steps} aria-label={t('steps.label')}>
      {steps.map((view, index) => (
        <li
          key={view.step}
          className={cx(styles.step, styles[view.status])}
          aria-current={view.status === 'now' ? 'step' : undefined}
        >
          <span className={styles.dot}>
            <StepMark view={view} number={index + 1} />
          </span>
          <span className={styles.name}>
            {t(`steps.${view.step}`)}
            <span className="visually-hidden"> {t(`steps.status.${view.status}`)}</span>
          </span>
          <StepTime view={view} />
        </li>
      ))}
    </ol>
  );
}

function StepMark({ view, number }: { view: StepView; number: number }) {
  if (view.status === 'after') return <IconCheck size={15} stroke={2.5} aria-hidden />;
  if (view.status === 'halted') return <IconPlayerStopFilled size={12} aria-hidden />;
  if (view.status === 'broken') return <IconAlertTriangle size={14} aria-hidden />;
  return <span aria-hidden>{number}</span>;
}

function StepTime({ view: { startedAt, ms, step } }: { view: StepView }) {
  const format = useFormat();
  if (!startedAt) return <span className={styles.time} />;
  return (
    <span className={styles.time} title={format.time(startedAt)}>
      {format.clock(startedAt)}
      {step !== 'done' &&
        ms !== null &&
        ` · ${format.duration(ms < 1000 ? Math.round(ms) : Math.floor(ms / 1000) * 1000)}`}
    </span>
  );
}
