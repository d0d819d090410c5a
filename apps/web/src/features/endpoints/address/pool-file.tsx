import { pathOfUpload } from '@cacheferry/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorLine } from '../../../i18n/use-error-line.ts';
import { useProblemText } from '../../../i18n/problem-text.ts';
import { announce } from '../../../ui/announcer.tsx';
import { ConfigText } from '../../../ui/config-text.tsx';
import { ProblemError } from '../../../app/http/problem-error.ts';
import { useRoleReason } from '../../session/use-me.ts';
import { startSending } from '../../uploads/sending-store.ts';
import { type PoolFileRead, readPoolFile } from './read-pool-file.ts';

/** Takes the file of a twemproxy: reads it in this browser, and uploads it without its passwords. */
export function PoolFile({ onRead }: { onRead: (read: PoolFileRead, path: string) => void }) {
  const { t } = useTranslation();
  const lineOf = useErrorLine();
  const textOf = useProblemText();
  const reason = useRoleReason('operator');
  const [isBusy, setBusy] = useState(false);
  const take = async (text: string) => {
    setBusy(true);
    try {
      const read = readPoolFile(text);
      const upload = await startSending(new File([read.file], 'nutcracker.yml'));
      onRead(read, pathOfUpload(upload));
      announce(t('pool.taken'));
      return undefined;
    } catch (error) {
      if (!(error instanceof ProblemError)) return lineOf(error);
      const { title, fix } = textOf(error.problem);
      return `${title} ${fix}`;
    } finally {
      setBusy(false);
    }
  };
  if (reason) return null;
  return (
    <ConfigText
      name="poolFile"
      label={t('pool.text')}
      note={t('pool.textNote')}
      placeholder={'alpha:\n  hash: fnv1a_64\n  servers:\n    - 10.0.0.5:6379:1'}
      takeLabel={t('pool.take')}
      isBusy={isBusy}
      take={take}
    />
  );
}
