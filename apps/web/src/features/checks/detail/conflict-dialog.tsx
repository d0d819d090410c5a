import type { StoredConflict } from '@cacheferry/contract';
import { printableKey } from '@cacheferry/kernel';
import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bytesOf } from '../../../ui/bytes-of.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { KeyText } from '../../../ui/key-text.tsx';
import { classLabel } from './class-label.ts';
import { ConflictSideView } from './conflict-side-view.tsx';
import styles from './conflicts.module.css';
import { Differences } from './differences.tsx';
import { type ValueForm, valueForms } from './value-text.ts';

const titleBytes = 80;
const keyBytes = 4096;

/** One conflict: what each side had when it was found. Its address can be sent to somebody else. */
export function ConflictDialog({ conflict, onClose }: { conflict: StoredConflict; onClose: () => void }) {
  const { t } = useTranslation();
  const [form, setForm] = useState<ValueForm>('text');
  const key = bytesOf(conflict.key);
  return (
    <Dialog title={printableKey(key, titleBytes)} isOpen onClose={onClose} size="min(1080px, 96vw)">
      <div className="stack">
        <div className="spread">
          <p>
            {classLabel(conflict.class, t)} · {conflict.type} · db {conflict.db}
            <span className="muted"> · {conflict.detail.message}</span>
          </p>
          <NativeSelect
            aria-label={t('conflict.form')}
            value={form}
            onChange={(event) => setForm(event.currentTarget.value as ValueForm)}
            data={valueForms.map((value) => ({ value, label: t(`conflict.forms.${value}`) }))}
          />
        </div>
        {key.length > titleBytes && <KeyText base64={conflict.key} maxBytes={keyBytes} />}
        <div className={styles.sides}>
          <ConflictSideView title={t('conflict.column.source')} side={conflict.source} form={form} />
          <ConflictSideView title={t('conflict.column.target')} side={conflict.target} form={form} />
        </div>
        <Differences conflict={conflict} form={form} />
      </div>
    </Dialog>
  );
}
