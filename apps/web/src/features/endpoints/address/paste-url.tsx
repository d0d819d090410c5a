import { FerryError } from '@cacheferry/kernel';
import { TextInput } from '@mantine/core';
import { type ClipboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { announce } from '../../../ui/announcer.tsx';
import type { Address, AddressSecrets } from './address.ts';
import { addressFromUrl } from './address-url.ts';

type PasteUrlProps = { onTake: (taken: { address: Address; secrets: AddressSecrets }) => void };

/** Takes a whole URL apart: the fields are filled, secrets are taken out, and the URL itself is not kept. */
export function PasteUrl({ onTake }: PasteUrlProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string>();
  const take = (url: string) => {
    if (url.trim() === '') return setFault(undefined);
    try {
      onTake(addressFromUrl(url));
      setText('');
      setFault(undefined);
      announce(t('wizard.urlTaken'));
    } catch (error) {
      setFault(error instanceof FerryError ? error.fix : t('wizard.urlWrong'));
    }
  };
  const paste = (event: ClipboardEvent<HTMLInputElement>) => {
    const pasted = event.clipboardData.getData('text');
    if (!/^[a-z+-]+:\S/.test(pasted.trim())) return;
    event.preventDefault();
    take(pasted);
  };
  return (
    <TextInput
      label={t('wizard.url')}
      description={t('wizard.urlNote')}
      placeholder="redis://user@10.0.0.5:6379/0"
      autoComplete="off"
      spellCheck={false}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onPaste={paste}
      onBlur={() => take(text)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || text === '') return;
        event.preventDefault();
        take(text);
      }}
      error={fault}
    />
  );
}
