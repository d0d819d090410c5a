import type { Upload } from '@cacheferry/contract';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { ErrorView } from '../../ui/problem-view.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { removeUpload, uploadKeys } from './api.ts';
import { stopSending, useSent } from './sending-store.ts';

type UploadRowProps = { upload: Upload; onUse: (upload: Upload) => void; onStop: () => void };

/** One upload: how far it is, and what can be done with it. */
export function UploadRow({ upload, onUse, onStop }: UploadRowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const sent = useSent().get(upload.id);
  const now = sent?.upload ?? upload;
  const isSending = sent?.isSending ?? false;
  const doing = !isSending ? 'waiting' : sent?.isWaiting ? 'reconnecting' : 'sending';
  const amount = { received: format.bytes(now.received), bytes: format.bytes(now.bytes) };
  const stop = () => {
    onStop();
    stopSending(upload.id);
  };
  return (
    <li className="stack-tight">
      <div className="spread">
        <span className="break">
          {upload.name}{' '}
          <span className="muted">{now.state === 'complete' ? amount.bytes : t(`upload.${doing}`, amount)}</span>
        </span>
        <span className="row">
          {now.state === 'complete' && (
            <Button size="compact-sm" variant="default" onClick={() => onUse(now)}>
              {t('upload.use')}
            </Button>
          )}
          {isSending ? (
            <Button size="compact-sm" variant="default" onClick={stop}>
              {t('action.cancel')}
            </Button>
          ) : (
            <RemoveUpload upload={upload} />
          )}
        </span>
      </div>
      {now.state !== 'complete' && (
        <ProgressBar share={now.received / now.bytes} label={upload.name} isStill={!isSending} />
      )}
    </li>
  );
}

/** Asks in place: a dialog has a form of its own, and this stands in one already. */
function RemoveUpload({ upload }: { upload: Upload }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => removeUpload(upload.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: uploadKeys.list }),
  });
  const reason = upload.usedBy > 0 ? t('endpoint.inUse', { count: upload.usedBy }) : undefined;
  if (!isAsking)
    return (
      <GuardedButton size="compact-sm" variant="default" reason={reason} onClick={() => setAsking(true)}>
        {t('action.remove')}
      </GuardedButton>
    );
  return (
    <>
      <span role="status">{t('upload.removeTitle')}</span>
      <Button size="compact-sm" color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
        {t('action.remove')}
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => setAsking(false)}>
        {t('action.cancel')}
      </Button>
      {remove.error && <ErrorView error={remove.error} />}
    </>
  );
}
