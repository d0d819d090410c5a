import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { cx } from './cx.ts';
import styles from './progress-bar.module.css';

/** A share of a whole between 0 and 1; `null` = the whole is not known. */
export function ProgressBar({ share, label, isStill }: { share: number | null; label: string; isStill?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const value = share === null ? undefined : Math.round(share * 1000) / 10;
  return (
    <div
      className={styles.track}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value}
      aria-valuetext={share === null ? t('quantity.unknown') : format.share(share)}
    >
      <div
        className={cx(styles.bar, share === 1 && styles.ok, isStill && styles.still)}
        style={{ transform: `scaleX(${share ?? 0})` }}
      />
    </div>
  );
}
