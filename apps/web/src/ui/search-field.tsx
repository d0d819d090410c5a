import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './search-field.module.css';

type SearchFieldProps = { label: string; value: string; onChange: (value: string) => void; isWide?: boolean };

/** A field that searches on the server, a moment after the last key. */
export function SearchField({ label, value, onChange, isWide }: SearchFieldProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 250);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  const clear = <CloseButton size="sm" aria-label={t('action.clear')} onClick={() => onChange('')} />;
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={text === '' ? null : clear}
      autoComplete="off"
      spellCheck={false}
      className={isWide ? styles.wide : styles.field}
    />
  );
}
