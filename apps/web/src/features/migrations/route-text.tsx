import { type EndpointView, type Migration, withoutUploads } from '@cacheferry/contract';
import { IconArrowRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import styles from './route-text.module.css';

/** How an end of a migration is called: by its saved name, else by its address with the names of uploaded files. */
export function endpointName(endpoint: Pick<EndpointView, 'name' | 'url'>): string {
  return endpoint.name ?? withoutUploads(endpoint.url);
}

/** Source → target. */
export function RouteText({ migration, isBig }: { migration: Pick<Migration, 'source' | 'target'>; isBig?: boolean }) {
  const { t } = useTranslation();
  const { source, target } = migration;
  return (
    <span className={cx(styles.route, isBig && styles.big)}>
      <span className={styles.end} title={source.url}>
        {endpointName(source)}
      </span>
      <IconArrowRight size={13} aria-label={t('migration.to')} />
      <span className={styles.end} title={target.url}>
        {endpointName(target)}
      </span>
    </span>
  );
}
