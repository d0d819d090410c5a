import { ActionIcon } from '@mantine/core';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Connection } from './connection.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { ThemeMenu } from './theme-menu.tsx';
import styles from './top-bar.module.css';
import { UserMenu } from './user-menu.tsx';

type TopBarProps = { isRailOpen: boolean; onRail: () => void; onSearch: () => void; onHelp: () => void };

/** Search, connection, language, theme and user, on every page. */
export function TopBar({ isRailOpen, onRail, onSearch, onHelp }: TopBarProps) {
  const { t } = useTranslation();
  return (
    <header className={styles.bar}>
      <span className={styles.burger}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t('shell.menu')}
          aria-expanded={isRailOpen}
          aria-controls="rail"
          onClick={onRail}
        >
          <IconMenu2 size={20} aria-hidden />
        </ActionIcon>
      </span>
      <button type="button" className={styles.search} onClick={onSearch}>
        <IconSearch size={16} aria-hidden />
        <span>{t('shell.search')}</span>
        <kbd aria-hidden>/</kbd>
      </button>
      <div className={styles.end}>
        <Connection />
        <LanguageSwitch />
        <ThemeMenu />
        <UserMenu onHelp={onHelp} />
      </div>
    </header>
  );
}
