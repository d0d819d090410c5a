import { fill, toFerryError } from '@cacheferry/kernel';
import { Button, Textarea } from '@mantine/core';
import { type ChangeEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCodeTexts } from '../../../i18n/problem-text.ts';
import { announce } from '../../../ui/announcer.tsx';
import { FilePick } from '../../../ui/file-pick.tsx';
import { draftOfConfig } from './draft-of-config.ts';
import { setSecrets, storeDraft, useDraft } from './draft-store.ts';
import wizardStyles from './wizard.module.css';

const mostBytes = 1_048_576;

/** Takes over a configuration of another tool: pasted or chosen as a file, read in this browser. */
export function ImportConfig() {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const codes = useCodeTexts();
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string>();
  const [notes, setNotes] = useState<string[]>();
  const take = (config: string) => {
    setNotes(undefined);
    try {
      const taken = draftOfConfig(config, draft.machineId);
      storeDraft(taken.draft);
      setSecrets('source', taken.secrets.source);
      setSecrets('target', taken.secrets.target);
      setNotes(taken.notes);
      setText('');
      setFault(undefined);
      announce(t('import.taken'));
    } catch (error) {
      const { code, facts, message, fix } = toFerryError(error);
      const own = codes?.[code];
      setFault(own ? fill(`${own.title}。${own.fix}`, facts) : `${message}. ${fix}`);
    }
  };
  const pick = async ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const file = currentTarget.files?.[0];
    currentTarget.value = '';
    if (!file) return;
    if (file.size > mostBytes) return setFault(t('import.tooLarge'));
    take(await file.text());
  };
  return (
    <details className={wizardStyles.advanced}>
      <summary>{t('import.title')}</summary>
      <div className="stack">
        <Textarea
          name="config"
          label={t('import.text')}
          description={t('import.note')}
          placeholder={'[sync_reader]\naddress = "10.0.0.5:6379"'}
          rows={5}
          spellCheck={false}
          autoComplete="off"
          classNames={{ input: 'mono' }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={fault}
        />
        <div className="row">
          <Button variant="default" disabled={text.trim() === ''} onClick={() => take(text)}>
            {t('import.take')}
          </Button>
          <FilePick label={t('import.pick')} onChange={(event) => void pick(event)} />
        </div>
        {notes && <Taken notes={notes} />}
      </div>
    </details>
  );
}

function Taken({ notes }: { notes: string[] }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="stack-tight">
      <p>{t('import.taken')}</p>
      {notes.length > 0 && (
        <>
          <p>{t('import.left')}</p>
          <ul className={wizardStyles.notes}>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
