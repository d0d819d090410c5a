import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import styles from './stat.module.css';

export type StatItem = { label: string; value: ReactNode; note?: ReactNode; exact?: string | undefined };

const mostInARow = 6;

/** Headline numbers side by side. */
export function Stats({ items, isStale }: { items: StatItem[]; isStale?: boolean }) {
  return (
    <dl className={cx(styles.stats, items.length <= mostInARow && styles.few, isStale && styles.stale)}>
      {items.map((item) => (
        <div key={item.label} className={styles.stat}>
          <dt className={styles.label}>{item.label}</dt>
          <dd className={styles.value} title={item.exact}>
            {item.value}
          </dd>
          {item.note && <dd className={styles.note}>{item.note}</dd>}
        </div>
      ))}
    </dl>
  );
}
