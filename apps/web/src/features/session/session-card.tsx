import type { ReactNode } from 'react';
import { LanguageSwitch } from '../../app/shell/language-switch.tsx';
import { Mark } from '../../ui/mark.tsx';
import styles from './session-card.module.css';

/** The screen that stands before the shell: one card with a form. */
export function SessionCard({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <main className={styles.screen}>
      <div className={styles.card}>
        <p className={styles.brand}>
          <Mark size={26} />
          cacheferry
        </p>
        <h1 className={styles.title}>{title}</h1>
        <p className={styles.lead}>{lead}</p>
        {children}
      </div>
      <div className={styles.foot}>
        <LanguageSwitch />
      </div>
    </main>
  );
}
