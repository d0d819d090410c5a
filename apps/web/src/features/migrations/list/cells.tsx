import { isEnded, type Migration } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { ProgressBar } from '../../../ui/progress-bar.tsx';
import { fullSyncShare } from '../progress-of.ts';
import styles from './migration-table.module.css';

const still = new Set<string>(['stopped', 'failed', 'lost', 'paused']);

/** How much of the full sync has arrived, and how long the rest will take. */
export function ProgressCell({ migration }: { migration: Migration }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = fullSyncShare(migration);
  const eta = migration.state === 'full_sync' ? (migration.snapshot?.etaSeconds ?? null) : null;
  return (
    <div className={styles.two}>
      <div className={styles.progress}>
        <ProgressBar share={share} label={t('migrations.column.progress')} isStill={still.has(migration.state)} />
        <span className="num muted">{share === null ? t('quantity.unknown') : format.share(share)}</span>
      </div>
      {eta !== null && eta > 0 && (
        <span className={styles.second}>{t('migrations.left', { time: format.duration(eta * 1000) })}</span>
      )}
    </div>
  );
}

const moving = new Set<string>(['full_sync', 'incremental_sync', 'cutting_over', 'stopping']);

/** Keys and bytes a second, while something moves. */
export function RateCell({ migration: { state, snapshot } }: { migration: Migration }) {
  const format = useFormat();
  if (!snapshot || !moving.has(state)) return <span className="muted">–</span>;
  return (
    <span className={styles.two}>
      <span className="num">{format.rate(snapshot.keysPerSecond)}</span>
      <span className={styles.second}>{format.byteRate(snapshot.bytesPerSecond)}</span>
    </span>
  );
}

/** What the source has and the target has not: bytes, and since when. Unknown is said, never shown as 0. */
export function LagCell({ migration: { state, snapshot } }: { migration: Migration }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!snapshot || isEnded(state)) return <span className="muted">–</span>;
  const { lagBytes, lagMs } = snapshot;
  if (lagBytes === null && lagMs === null) return <span className="muted">{t('quantity.unknown')}</span>;
  return (
    <span className={styles.two}>
      <span className="num">{lagBytes === null ? t('quantity.unknown') : format.bytes(lagBytes)}</span>
      <span className={styles.second}>{lagMs === null ? t('quantity.unknown') : format.duration(lagMs)}</span>
    </span>
  );
}
