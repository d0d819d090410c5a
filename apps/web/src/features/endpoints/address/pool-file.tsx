import { pathOfUpload } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { ConfigText } from '../../../ui/config-text.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { startSending } from '../../uploads/sending-store.ts';
import { type PoolFileRead, readPoolFile } from './read-pool-file.ts';

/** Takes the file of a twemproxy: reads it in this browser, and uploads it without its passwords. */
export function PoolFile({ onRead }: { onRead: (read: PoolFileRead, path: string) => void }) {
  const { t } = useTranslation();
  const reason = useRoleReason('operator');
  const take = async (text: string) => {
    const read = readPoolFile(text);
    const upload = await startSending(new File([read.file], 'nutcracker.yml'));
    onRead(read, pathOfUpload(upload));
  };
  if (reason) return null;
  return (
    <ConfigText
      name="poolFile"
      label={t('pool.text')}
      note={t('pool.textNote')}
      placeholder={'alpha:\n  hash: fnv1a_64\n  servers:\n    - 10.0.0.5:6379:1'}
      takeLabel={t('pool.take')}
      takenText={t('pool.taken')}
      take={take}
    />
  );
}
