import type { Upload } from '@cacheferry/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { announce } from '../../ui/announcer.tsx';
import { FieldGroup } from '../../ui/field-group.tsx';
import { FilePick } from '../../ui/file-pick.tsx';
import { ErrorView } from '../../ui/problem-view.tsx';
import { useRoleReason } from '../session/use-me.ts';
import { uploadKeys, uploadsQuery } from './api.ts';
import { startSending } from './sending-store.ts';
import { UploadRow } from './upload-row.tsx';

type UploadPanelProps = { onUse: (upload: Upload) => void };

/** Uploads a file from this computer, or takes one that was uploaded before. */
export function UploadPanel({ onUse }: UploadPanelProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const reason = useRoleReason('operator');
  const { data } = useQuery({ ...uploadsQuery, enabled: reason === undefined });
  // What was pasted of a proxy is an upload too.
  const files = data?.items.filter(({ name }) => !/\.ya?ml$/i.test(name)) ?? [];
  const [isStopped, setStopped] = useState(false);
  const refresh = () => queryClient.invalidateQueries({ queryKey: uploadKeys.list });
  const send = useMutation({
    mutationFn: ({ file, begun }: { file: File; begun: Upload | undefined }) => {
      setStopped(false);
      const sending = startSending(file, begun);
      void sending.catch(() => {}).finally(refresh);
      setTimeout(() => void refresh(), 300);
      return sending;
    },
    onSuccess: (upload) => {
      announce(t('upload.done', { name: upload.name }));
      onUse(upload);
    },
  });
  const pick = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.currentTarget.files?.[0];
    event.currentTarget.value = '';
    if (file) send.mutate({ file, begun: begunBefore(file, data?.items ?? []) });
  };
  if (reason) return null;
  return (
    <FieldGroup legend={t('upload.title')} note={t('upload.note')}>
      <div className="stack-tight">
        <FilePick label={t('upload.pick')} onChange={pick} />
        {send.error && !isStopped ? <ErrorView error={send.error} /> : null}
        {files.length > 0 && (
          <ul className="stack-tight" aria-label={t('upload.list')}>
            {files.map((upload) => (
              <UploadRow key={upload.id} upload={upload} onUse={onUse} onStop={() => setStopped(true)} />
            ))}
          </ul>
        )}
      </div>
    </FieldGroup>
  );
}

/** A file of the same name and size that did not arrive whole is sent on. */
function begunBefore(file: File, uploads: readonly Upload[]): Upload | undefined {
  return uploads.find(({ name, bytes, state }) => state === 'receiving' && name === file.name && bytes === file.size);
}
