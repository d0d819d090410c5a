import { isSocketPath } from '@cacheferry/contract';
import type { Pool } from '@cacheferry/importer';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../../ui/facts.tsx';

/** What a file says about a pool. */
export function PoolFacts({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const { name, hash, distribution, hashTag, ejectsHosts, servers } = pool;
  const tag = hashTag === null ? t('pool.noTag') : String.fromCharCode(...hashTag);
  return (
    <section className="stack-tight" aria-label={t('pool.found', { name })}>
      <Facts
        facts={[
          [t('pool.hash'), hash],
          [t('pool.distribution'), distribution],
          [t('pool.tag'), tag],
          [t('pool.servers'), <Servers key="servers" servers={servers} />],
          ejectsHosts && [t('pool.ejects'), t('pool.ejectsNote')],
        ]}
      />
    </section>
  );
}

function Servers({ servers }: Pick<Pool, 'servers'>) {
  const { t } = useTranslation();
  return (
    <ul className="stack-tight">
      {servers.map(({ name, host, port, weight }) => (
        <li key={name}>
          <span className="mono break">{isSocketPath(host) ? host : `${host}:${port}`}</span>{' '}
          <span className="muted">{t('pool.server', { name, weight })}</span>
        </li>
      ))}
    </ul>
  );
}
