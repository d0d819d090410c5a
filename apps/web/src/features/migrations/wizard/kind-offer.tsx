import type { EndpointFacts } from '@cacheferry/contract';
import { Alert, Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Side } from './draft.ts';
import { changeDraft, setSecrets, useDraft } from './draft-store.ts';

/** Where one server of something larger was named: offers to take the whole of it. */
export function KindOffer({ side, facts }: { side: Side; facts: EndpointFacts }) {
  const { t } = useTranslation();
  const { draft, secrets } = useDraft();
  const end = draft[side];
  if (end.how === 'saved' || end.kind !== 'standalone') return null;
  const hosts = `${end.host}:${end.port}`;
  if (facts.mode === 'cluster')
    return (
      <Alert color="blue" title={t('offer.cluster')}>
        <Button size="xs" onClick={() => changeDraft({ [side]: { ...end, kind: 'cluster', hosts } })}>
          {t('offer.wholeCluster')}
        </Button>
      </Alert>
    );
  if (facts.mode !== 'sentinel') return null;
  const take = (masterName: string) => {
    changeDraft({ [side]: { ...end, kind: 'sentinel', hosts, masterName, user: '', sentinelUser: end.user } });
    // What was typed let us into the sentinel.
    setSecrets(side, { password: '', sentinelPassword: secrets[side].password });
  };
  return (
    <Alert color="blue" title={t('offer.sentinel')}>
      <div className="row">
        {facts.masterNames.map((name) => (
          <Button key={name} size="xs" onClick={() => take(name)}>
            {t('offer.primaryOf', { name })}
          </Button>
        ))}
      </div>
    </Alert>
  );
}
