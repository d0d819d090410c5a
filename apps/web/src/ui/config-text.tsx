import { Button, Textarea } from '@mantine/core';
import { type ChangeEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorLine } from '../i18n/use-error-line.ts';
import { announce } from './announcer.tsx';
import { FilePick } from './file-pick.tsx';
import { mib } from './format.ts';

const mostBytes = mib;

type ConfigTextProps = {
  name: string;
  label: string;
  note: string;
  placeholder: string;
  takeLabel: string;
  /** Announced once the text was taken. */
  takenText: string;
  /** Reads the text; throws what is wrong with it. */
  take: (text: string) => Promise<void> | void;
};

/** A configuration, pasted or chosen as a file. Once it was read the field is empty again. */
export function ConfigText({ name, label, note, placeholder, takeLabel, takenText, take }: ConfigTextProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const lineOf = useErrorLine();
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const read = async (config: string) => {
    setBusy(true);
    setFault(undefined);
    try {
      await take(config);
      setText('');
      announce(takenText);
    } catch (error) {
      setFault(lineOf(error));
    } finally {
      setBusy(false);
    }
  };
  const pick = async ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const file = currentTarget.files?.[0];
    currentTarget.value = '';
    if (!file) return;
    if (file.size > mostBytes) return setFault(t('import.tooLarge'));
    await read(await file.text());
  };
  return (
    <>
      <Textarea
        name={name}
        label={label}
        description={note}
        placeholder={placeholder}
        rows={5}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: 'mono' }}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={fault}
      />
      <div className="row">
        <Button variant="default" disabled={text.trim() === ''} loading={isBusy} onClick={() => void read(text)}>
          {takeLabel}
        </Button>
        <FilePick label={t('import.pick')} onChange={(event) => void pick(event)} />
      </div>
    </>
  );
}
