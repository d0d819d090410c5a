import type { Check } from '@cacheferry/contract';
import { IconAlertTriangle, IconCircleCheck, IconEqualNot } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { cx } from '../../../ui/cx.ts';
import { conflictTotal } from '../mode-text.ts';
import styles from './verdict.module.css';

/** The result as a sentence. Green only where everything in scope was compared and nothing differed. */
export function Verdict({ check }: { check: Check }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { result, state } = check;
  if (!result || state === 'failed') return null;
  const total = conflictTotal(check.conflicts);
  const facts = {
    keys: t('quantity.keys', { count: result.keysCompared, number: format.count(result.keysCompared) }),
    rounds: Math.min(check.snapshot?.round ?? result.rounds, result.rounds),
    most: result.rounds,
    count: total,
    number: format.count(total),
  };
  const isSample = result.mode.startsWith('sample') || result.mode === 'keys' || result.mode === 'length';
  if (result.verdict === 'consistent' && state === 'consistent')
    return (
      <p className={cx(styles.verdict, isSample ? styles.partial : styles.ok)}>
        <IconCircleCheck size={20} aria-hidden />
        {isSample ? t('check.verdict.consistentPart', facts) : t('check.verdict.consistent', facts)}
      </p>
    );
  if (result.verdict === 'inconsistent')
    return (
      <p className={cx(styles.verdict, styles.bad)}>
        <IconEqualNot size={20} aria-hidden />
        {t('check.verdict.inconsistent', facts)}
      </p>
    );
  return (
    <p className={cx(styles.verdict, styles.partial)}>
      <IconAlertTriangle size={20} aria-hidden />
      {t('check.verdict.partial', facts)}
    </p>
  );
}
