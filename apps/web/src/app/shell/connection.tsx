import { IconAlertTriangle, IconCircleFilled, IconLoader2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import { useNow } from '../../ui/use-now.ts';
import { useLinkState } from '../live/link-state.ts';
import styles from './top-bar.module.css';

/** Whether what is on the screen changes by itself. */
export function Connection() {
  const { t } = useTranslation();
  const { state } = useLinkState();
  const isLive = state === 'live';
  const isFirst = state === 'connecting';
  const Icon = isLive ? IconCircleFilled : isFirst ? IconLoader2 : IconAlertTriangle;
  const text = isLive ? t('shell.live') : isFirst ? t('shell.connecting') : t('shell.interrupted');
  return (
    <span className={cx(styles.link, isLive && styles.live, !isLive && !isFirst && styles.broken)} title={text}>
      <Icon size={isLive ? 9 : 14} aria-hidden />
      <span className={styles.linkText}>{text}</span>
    </span>
  );
}

/** A thin bar while live updates are interrupted for longer than a moment. */
export function ConnectionStrip() {
  const { t } = useTranslation();
  const { state, attempt, since } = useLinkState();
  const isBroken = state === 'retrying' || state === 'polled';
  const now = useNow(500, isBroken);
  if (!isBroken || now - since < 1500) return null;
  return (
    <div className={styles.strip} role="status">
      {state === 'polled' ? t('shell.polled') : t('shell.retrying', { attempt })}
    </div>
  );
}
