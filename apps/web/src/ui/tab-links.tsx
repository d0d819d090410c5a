import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import styles from './tab-links.module.css';

/** Parts of one object, each with its own address. */
export function TabLinks({ label, tabs }: { label: string; tabs: { to: string; label: string; isExact?: boolean }[] }) {
  const bar = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    // On a narrow screen the current one may stand outside of what is seen.
    const current = bar.current?.querySelector('[aria-current="page"]');
    current?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [pathname]);
  return (
    <nav aria-label={label} className={styles.tabs} ref={bar}>
      {tabs.map((tab) => (
        <Link
          key={tab.to}
          to={tab.to}
          className={styles.tab}
          activeOptions={{ exact: tab.isExact ?? false, includeSearch: false }}
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
