import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import styles from './badge.module.css';
import { cx } from './cx.ts';

export type Tone = 'ok' | 'run' | 'warn' | 'bad' | 'idle' | 'accent';

/** A word with its colour and, where it is a state, its icon: colour is never alone. */
export function Badge({ tone, icon: Mark, children }: { tone: Tone; icon?: Icon; children: ReactNode }) {
  return (
    <span className={cx(styles.badge, styles[tone], !Mark && styles.quiet)}>
      {Mark && <Mark size={14} stroke={2} aria-hidden />}
      {children}
    </span>
  );
}
