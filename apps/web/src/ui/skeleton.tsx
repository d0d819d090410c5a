import { useTranslation } from 'react-i18next';
import styles from './skeleton.module.css';

/** The shape of what is being loaded; seen only when it takes longer than 150 ms. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  const { t } = useTranslation();
  return (
    <div className={styles.lines} role="status" aria-label={t('state.loading')}>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className={styles.line} />
      ))}
    </div>
  );
}
