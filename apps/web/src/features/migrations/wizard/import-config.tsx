import { type ImportNote, noteText } from '@cacheferry/importer';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfigText } from '../../../ui/config-text.tsx';
import { draftOfConfig } from './draft-of-config.ts';
import { setSecrets, storeDraft, useDraft } from './draft-store.ts';
import { useNoteText } from './use-note-text.ts';
import wizardStyles from './wizard.module.css';

/** Takes over a configuration of another tool: pasted or chosen as a file, read in this browser. */
export function ImportConfig() {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const [notes, setNotes] = useState<ImportNote[]>();
  const take = (config: string) => {
    setNotes(undefined);
    const taken = draftOfConfig(config, draft.machineId);
    storeDraft(taken.draft);
    setSecrets('source', taken.secrets.source);
    setSecrets('target', taken.secrets.target);
    setNotes(taken.notes);
  };
  return (
    <details className={wizardStyles.advanced}>
      <summary>{t('import.title')}</summary>
      <div className="stack">
        <ConfigText
          name="config"
          label={t('import.text')}
          note={t('import.note')}
          placeholder={'[sync_reader]\naddress = "10.0.0.5:6379"'}
          takeLabel={t('import.take')}
          takenText={t('import.taken')}
          take={take}
        />
        {notes && <Taken notes={notes} />}
      </div>
    </details>
  );
}

function Taken({ notes }: { notes: ImportNote[] }) {
  const { t } = useTranslation();
  const say = useNoteText();
  return (
    <div role="status" className="stack-tight">
      <p>{t('import.taken')}</p>
      {notes.length > 0 && (
        <>
          <p>{t('import.left')}</p>
          <ul className={wizardStyles.notes}>
            {notes.map((note) => (
              <li key={noteText(note)}>{say(note)}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
