import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/dialog.tsx';
import styles from './palette.module.css';
import { type Found, useFound } from './use-found.ts';

/** Jumps to a migration, a machine or an endpoint by its name, host or id. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const { found, isSearching } = useFound(text);
  const open = (one: Found | undefined) => {
    if (!one) return;
    onClose();
    void navigate({ to: one.to });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') open(found[at]);
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    setAt((before) => Math.min(Math.max(0, before + (event.key === 'ArrowDown' ? 1 : -1)), found.length - 1));
  };
  return (
    <Dialog title={t('shell.search')} isOpen onClose={onClose}>
      <TextInput
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls="palette-list"
        aria-activedescendant={found[at] ? `palette-${at}` : undefined}
        aria-label={t('shell.search')}
        placeholder={t('shell.searchHint')}
        data-autofocus
        autoComplete="off"
        leftSection={<IconSearch size={15} aria-hidden />}
        value={text}
        onChange={(event) => (setText(event.currentTarget.value), setAt(0))}
        onKeyDown={onKey}
      />
      <ul className={styles.list} id="palette-list" role="listbox" aria-label={t('shell.results')}>
        {found.map((one, index) => (
          <li
            key={one.to}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            className={styles.option}
            onMouseMove={() => setAt(index)}
            onClick={() => open(one)}
          >
            <span className="ellipsis">{one.name}</span>
            <span className="muted">{t(`shell.kind.${one.kind}`)}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && text.trim() !== '' && (
        <p className="muted" role="status">
          {isSearching ? t('state.loading') : t('shell.nothingFound')}
        </p>
      )}
    </Dialog>
  );
}
