import { Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/dialog.tsx';
import { areShortcutsOn, setShortcutsOn } from './shortcut-setting.ts';
import styles from './help-dialog.module.css';

const rows = [
  { keys: ['g', 'm'], text: 'migrations' },
  { keys: ['g', 'c'], text: 'checks' },
  { keys: ['g', 'a'], text: 'machines' },
  { keys: ['g', 'e'], text: 'endpoints' },
  { keys: ['g', 'h'], text: 'history' },
  { keys: ['n'], text: 'new' },
  { keys: ['/'], text: 'search' },
  { keys: ['j'], text: 'nextRow' },
  { keys: ['k'], text: 'previousRow' },
  { keys: ['?'], text: 'help' },
  { keys: ['Esc'], text: 'close' },
] as const;

/** The list of keys, and the switch that turns them off. */
export function HelpDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [isOn, setOn] = useState(areShortcutsOn);
  const change = (next: boolean) => {
    setOn(next);
    setShortcutsOn(next);
  };
  return (
    <Dialog title={t('shell.shortcuts')} isOpen={isOpen} onClose={onClose} size="md">
      <div className="stack">
        <dl className={styles.keys}>
          {rows.map(({ keys, text }) => (
            <div key={text} className={styles.key}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{t(`shortcut.${text}`)}</dd>
            </div>
          ))}
        </dl>
        <Switch
          checked={isOn}
          onChange={(event) => change(event.currentTarget.checked)}
          label={t('shell.shortcutsOn')}
          description={t('shell.shortcutsOnNote')}
        />
      </div>
    </Dialog>
  );
}
