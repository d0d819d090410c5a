import type { KeyPreview, PreviewedKey } from '@cacheferry/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { Badge } from '../../../ui/badge.tsx';
import { Chips } from '../../../ui/chips.tsx';
import { ErrorView, ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import styles from './rules-preview.module.css';
import { useKeyPreview } from './use-key-preview.ts';

/** Which of some keys of the source the rules take, leave out and rename; follows what is typed. */
export function RulesPreview() {
  const { t } = useTranslation();
  const { data, error, isFetching, hasRules, canAsk, refetch } = useKeyPreview();
  if (!canAsk) return <p className="muted">{t('rules.noSource')}</p>;
  if (!hasRules) return <p className="muted">{t('rules.none')}</p>;
  if (error) return <ErrorView error={error} onRetry={() => void refetch()} />;
  if (data?.problem) return <ProblemView problem={data.problem} onRetry={() => void refetch()} />;
  if (!data?.preview) return <Skeleton lines={4} />;
  return <Found preview={data.preview} isStale={isFetching} />;
}

type Kind = 'taken' | 'renamed' | 'leftOut';

const isRenamed = ({ isTaken, db, toDb, key, toKey }: PreviewedKey): boolean =>
  isTaken && (db !== toDb || key !== toKey);
const isOf: Record<Kind, (key: PreviewedKey) => boolean> = {
  taken: ({ isTaken }) => isTaken,
  renamed: isRenamed,
  leftOut: ({ isTaken }) => !isTaken,
};

function Found({ preview, isStale }: { preview: KeyPreview; isStale: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [kind, setKind] = useState<Kind>('taken');
  const { sampled, isWhole, taken, leftOut, renamed } = preview;
  const shown = preview.keys.filter(isOf[kind]);
  if (sampled === 0) return <p className="muted">{t('rules.empty')}</p>;
  const numbers = { taken: format.count(taken), sampled: format.count(sampled) };
  return (
    <div className={styles.preview} aria-busy={isStale}>
      <p role="status">{t(isWhole ? 'rules.ofAll' : 'rules.ofSample', numbers)}</p>
      <Chips
        label={t('rules.show')}
        value={kind}
        onChange={setKind}
        chips={[
          { value: 'taken', label: t('rules.taken'), count: taken },
          { value: 'renamed', label: t('rules.renamed'), count: renamed },
          { value: 'leftOut', label: t('rules.leftOut'), count: leftOut },
        ]}
      />
      <ul className={styles.keys} aria-label={t(`rules.${kind}`)} tabIndex={0}>
        {shown.map((key) => (
          <KeyLine key={`${key.db} ${key.key}`} found={key} />
        ))}
        {shown.length === 0 && <li className="muted">{t('rules.noKey')}</li>}
      </ul>
    </div>
  );
}

function KeyLine({ found }: { found: PreviewedKey }) {
  const { t } = useTranslation();
  const { db, key, type, toDb, toKey, isTaken, because } = found;
  return (
    <li className={styles.line}>
      <bdi className="mono break" dir="ltr">
        {place(db, key)}
        {isRenamed(found) && ` → ${place(toDb, toKey)}`}
      </bdi>
      <span className={styles.why}>
        <span className="muted">{type}</span>
        {!isTaken && (
          <Badge tone="idle">{because === null ? t('rules.notWanted') : t('rules.by', { rule: because })}</Badge>
        )}
      </span>
    </li>
  );
}

const place = (db: number, key: string): string => `db${db} ${key}`;
