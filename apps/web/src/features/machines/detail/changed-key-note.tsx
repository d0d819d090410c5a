import type { HostKey } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../../ui/facts.tsx';

/** Old and new key side by side, and what a changed key can mean. */
export function ChangedKeyNote({ trusted, seen }: { trusted: HostKey; seen: HostKey }) {
  const { t } = useTranslation();
  const line = ({ type, fingerprint }: HostKey) => <code className="break">{`${type}  ${fingerprint}`}</code>;
  return (
    <>
      <p role="alert">{t('hostKey.changed')}</p>
      <Facts
        facts={[
          [t('hostKey.before'), line(trusted)],
          [t('hostKey.now'), line(seen)],
        ]}
      />
    </>
  );
}
