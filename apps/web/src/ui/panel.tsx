import { type ReactNode, useId } from 'react';
import { cx } from './cx.ts';
import styles from './panel.module.css';

type PanelProps = {
  title?: ReactNode;
  label?: string;
  actions?: ReactNode;
  /** Without padding, for tables. */
  isFlush?: boolean;
  className?: string | undefined;
  children: ReactNode;
};

/** A framed part of a page, a region with a name where it has a title. */
export function Panel({ title, label, actions, isFlush, className, children }: PanelProps) {
  const id = useId();
  const name = title ? { 'aria-labelledby': id } : { 'aria-label': label };
  return (
    <section className={cx(styles.panel, className)} {...name}>
      {title && (
        <div className={styles.head}>
          <h2 className={styles.title} id={id}>
            {title}
          </h2>
          {actions}
        </div>
      )}
      <div className={isFlush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
}
