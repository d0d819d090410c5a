import type { ConflictSide } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../../../i18n/use-format.ts';
import { bytesOf } from '../../../ui/bytes-of.ts';
import { type Fact, Facts } from '../../../ui/facts.tsx';
import { Time } from '../../../ui/time.tsx';
import styles from './conflicts.module.css';
import { type ValueForm, valueText } from './value-text.ts';

type ConflictSideViewProps = { title: string; side: ConflictSide | null; form: ValueForm };

/** What one side had: type, length, expiry, and the beginning of the value. */
export function ConflictSideView({ title, side, form }: ConflictSideViewProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={styles.side}>
      <p className={styles.sideTitle}>{title}</p>
      {!side && <p className="muted">{t('conflict.absent')}</p>}
      {side && (
        <Facts
          facts={[
            [t('conflict.column.type'), side.type ?? t('quantity.unknown')],
            side.length !== null && lengthFact(side.type, side.length, t, format),
            side.valueBytes !== null && [t('conflict.bytes'), `${format.count(side.valueBytes)} B`],
            [
              t('conflict.expires'),
              side.pttlAt === null ? t('conflict.never') : <Time key="at" at={new Date(side.pttlAt).toISOString()} />,
            ],
          ]}
        />
      )}
      {side && side.value !== null && (
        <pre className={styles.value} tabIndex={0} role="region" aria-label={t('conflict.valueOf', { side: title })}>
          {valueText(bytesOf(side.value), form)}
        </pre>
      )}
    </div>
  );
}

/** A string is as long as its bytes; everything else has elements. */
function lengthFact(type: string | null, length: number, t: TFunction, format: Format): Fact {
  if (type !== 'string') return [t('conflict.length'), format.count(length)];
  return [t('conflict.stringLength'), `${format.count(length)} B`];
}
