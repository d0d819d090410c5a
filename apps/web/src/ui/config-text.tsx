import { Button, Textarea } from '@mantine/core';
import { type ChangeEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FilePick } from './file-pick.tsx';

const mostBytes = 1_048_576;

type ConfigTextProps = {
  name: string;
  label: string;
  note: string;
  placeholder: string;
  takeLabel: string;
  isBusy?: boolean;
  /** Reads the text and answers what is wrong with it, if anything. */
  take: (text: string) => Promise<string | undefined>;
};

/** A configuration, pasted or chosen as a file. Once it was read the field is empty again. */
export function ConfigText({ name, label, note, placeholder, takeLabel, isBusy = false, take }: ConfigTextProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string>();
  const read = async (config: string) => {
    const found = await take(config);
    setFault(found);
    if (found === undefined) setText('');
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
