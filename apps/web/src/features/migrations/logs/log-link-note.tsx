import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { cx } from '../../../ui/cx.ts';
import styles from './log-view.module.css';
import type { LogLink } from './use-log.ts';

const shownMs = 8000;

/** Says that the stream is broken, and after that how much was recovered. */
export function LogLinkNote({ link }: { link: LogLink }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isBackShown, setBackShown] = useState(false);
  const { state, attempt } = link.status;
  const isBack = state === 'live' && link.recovered > 0;
  useEffect(() => {
    setBackShown(isBack);
    if (!isBack) return;
    const timer = setTimeout(() => setBackShown(false), shownMs);
    return () => clearTimeout(timer);
  }, [isBack, link]);
  if (state === 'retrying')
    return (
      <p className={cx(styles.note, styles.broken)} role="status">
        {t('log.interrupted', { attempt })}
      </p>
    );
  if (!isBackShown) return null;
  return (
    <p className={cx(styles.note, styles.back)} role="status">
      {t('log.recovered', { count: link.recovered, number: format.count(link.recovered) })}
    </p>
  );
}
