import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from './cx.ts';
import styles from './page.module.css';

export type Crumb = { label: string; to: string };

type PageProps = {
  title: string;
  /** Beside the title, as a badge of state. */
  mark?: ReactNode;
  subtitle?: ReactNode;
  crumbs?: Crumb[];
  actions?: ReactNode;
  isNarrow?: boolean;
  /** At least as high as the window, for a foot that stays at its lower edge. */
  isTall?: boolean;
  children: ReactNode;
};

/** A page: where it is, what it is called, what can be done, and its content. The heading takes the focus when it opens. */
export function Page({ title, mark, subtitle, crumbs, actions, isNarrow, isTall, children }: PageProps) {
  return (
    <div className={cx(styles.page, isNarrow && styles.narrow, isTall && styles.tall)}>
      <header className={styles.head}>
        <div className={styles.titles}>
          {crumbs && <Crumbs crumbs={crumbs} />}
          <PageTitle title={title} mark={mark} />
          {subtitle && <div className={styles.subtitle}>{subtitle}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

function PageTitle({ title, mark }: { title: string; mark: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · cacheferry`;
  }, [title]);
  useEffect(() => {
    // After a change of page the focus would stay on a link that is gone; a field that took it by itself keeps it.
    if (document.activeElement === null || document.activeElement === document.body) heading.current?.focus();
  }, []);
  return (
    <div className={styles.title}>
      <h1 className={styles.title} ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {mark}
    </div>
  );
}

function Crumbs({ crumbs }: { crumbs: Crumb[] }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t('shell.breadcrumbs')}>
      <ol className={styles.crumbs}>
        {crumbs.map((crumb) => (
          <li key={crumb.to}>
            <Link to={crumb.to}>{crumb.label}</Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
