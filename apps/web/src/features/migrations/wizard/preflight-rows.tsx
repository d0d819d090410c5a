import type { PreflightStatus } from '@cacheferry/contract';
import { Checkbox } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconCircleX, type Icon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { cx } from '../../../ui/cx.ts';
import { useMachineNames } from '../../machines/use-machine-names.ts';
import { changeDraft, useDraft } from './draft-store.ts';
import type { MergedRow } from './merge-rows.ts';
import styles from './preflight-rows.module.css';
import { useRowText } from './use-row-text.ts';

const icons: Record<PreflightStatus, Icon> = {
  pass: IconCircleCheck,
  warn: IconAlertTriangle,
  fail: IconCircleX,
  error: IconCircleX,
  skipped: IconCircleDashed,
};
const order: PreflightStatus[] = ['error', 'fail', 'warn', 'skipped', 'pass'];

type PreflightRowsProps = { rows: MergedRow[]; isBusy?: boolean };

/** The answers of a preflight: what needs somebody stands open, what passes is folded once all is asked. */
export function PreflightRows({ rows, isBusy = false }: PreflightRowsProps) {
  const { t } = useTranslation();
  const sorted = [...rows].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const notable = sorted.filter((row) => row.status !== 'pass');
  const passed = sorted.filter((row) => row.status === 'pass');
  return (
    <>
      <RowList rows={notable} label={t('preflight.notable')} />
      {passed.length > 0 && (
        <details className={styles.passed} open={isBusy || undefined}>
          <summary>{t('preflight.showPassed', { count: passed.length })}</summary>
          <RowList rows={passed} label={t('preflight.status.pass')} />
        </details>
      )}
    </>
  );
}

function RowList({ rows, label }: { rows: MergedRow[]; label: string }) {
  if (rows.length === 0) return null;
  return (
    <ul className={styles.rows} aria-label={label}>
      {rows.map((row) => (
        <RowView key={row.keys[0]} row={row} />
      ))}
    </ul>
  );
}

function RowView({ row }: { row: MergedRow }) {
  const { t } = useTranslation();
  const text = useRowText()(row);
  const machines = useMachineNames(row.machineIds);
  const scope = isPlace(row.scope) ? t(`preflight.scope.${row.scope}`) : row.scope;
  const Mark = icons[row.status];
  const needsMore = row.status !== 'pass' && row.status !== 'skipped';
  return (
    <li className={cx(styles.row, styles[row.status])}>
      <Mark className={styles.icon} size={18} aria-label={t(`preflight.status.${row.status}`)} role="img" />
      <div className={styles.head}>
        <span className={styles.name}>{text.name}</span>
        <span className={styles.meta}>{machines.length > 0 ? `${scope} · ${machines.join(', ')}` : scope}</span>
      </div>
      <div className={styles.body}>
        <p className={styles.message}>{text.message}</p>
        {needsMore && <Values {...text} />}
        {needsMore && text.fix && <p>{text.fix}</p>}
        {needsMore && row.command && <CodeBlock text={row.command} label={t('preflight.command')} isWrapped />}
        {row.status === 'warn' && <Acknowledge row={row} />}
      </div>
    </li>
  );
}

/** What was found and what was wanted, as far as each is told. */
function Values({ observed, expected }: { observed: string; expected: string }) {
  const { t } = useTranslation();
  if (!observed && !expected) return null;
  const text = !observed
    ? t('preflight.expected', { expected })
    : t('preflight.observed', { observed, expected: expected || '–' });
  return <p className={styles.meta}>{text}</p>;
}

const places = ['machine', 'source', 'target', 'pair'] as const;
/** Else it is the address of a server. */
const isPlace = (scope: string): scope is (typeof places)[number] => places.some((place) => place === scope);

function Acknowledge({ row: { keys } }: { row: MergedRow }) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const change = (isRead: boolean) => {
    const others = draft.acknowledged.filter((one) => !keys.includes(one));
    changeDraft({ acknowledged: isRead ? [...others, ...keys] : others });
  };
  return (
    <Checkbox
      label={t('preflight.acknowledge')}
      checked={keys.every((key) => draft.acknowledged.includes(key))}
      onChange={(event) => change(event.currentTarget.checked)}
    />
  );
}
