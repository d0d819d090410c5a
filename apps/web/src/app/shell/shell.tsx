import { Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Announcer } from '../../ui/announcer.tsx';
import { cx } from '../../ui/cx.ts';
import { Toasts } from '../../ui/toasts.tsx';
import { useLiveUpdates } from '../live/use-live-updates.ts';
import { ConnectionStrip } from './connection.tsx';
import { Rail } from './rail.tsx';
import styles from './shell.module.css';
import { TopBar } from './top-bar.tsx';
import { useShortcuts } from './use-shortcuts.ts';

const Palette = lazy(() => import('./palette.tsx').then((module) => ({ default: module.Palette })));
const HelpDialog = lazy(() => import('./help-dialog.tsx').then((module) => ({ default: module.HelpDialog })));

type Overlay = 'search' | 'help' | 'rail' | null;

/** What stands around every page once somebody is signed in. */
export function Shell() {
  const { t } = useTranslation();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const close = useCallback(() => setOverlay(null), []);
  const actions = useMemo(() => ({ onSearch: () => setOverlay('search'), onHelp: () => setOverlay('help') }), []);
  const { pathname } = useLocation();
  useLiveUpdates();
  useShortcuts(actions);
  useEffect(close, [pathname, close]);
  useEffect(() => {
    if (overlay !== 'rail') return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && close();
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [overlay, close]);
  return (
    <div className={cx(styles.shell, overlay === 'rail' && styles.open)}>
      <a className={styles.skip} href="#main">
        {t('shell.skip')}
      </a>
      <Rail onLeave={close} />
      {overlay === 'rail' && (
        <button type="button" className={styles.veil} aria-label={t('shell.closeMenu')} onClick={close} />
      )}
      <TopBar
        isRailOpen={overlay === 'rail'}
        onRail={() => setOverlay(overlay === 'rail' ? null : 'rail')}
        {...actions}
      />
      <main className={styles.main} id="main" tabIndex={-1}>
        <ConnectionStrip />
        <Outlet />
      </main>
      <Suspense fallback={null}>
        {overlay === 'search' && <Palette onClose={close} />}
        {overlay === 'help' && <HelpDialog isOpen onClose={close} />}
      </Suspense>
      <Toasts />
      <Announcer />
    </div>
  );
}
