import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import styles from './empty.module.css';

/** What stands where nothing is yet: what this is for, and the first step. */
export function Empty(props: { icon: Icon; title: string; text: string; actions?: ReactNode }) {
  const { icon: Mark, title, text, actions } = props;
  return (
    <div className={styles.empty}>
      <span className={styles.icon}>
        <Mark size={22} stroke={1.7} aria-hidden />
      </span>
      <p className={styles.title}>{title}</p>
      <p className={styles.text}>{text}</p>
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
