import { Button } from '@mantine/core';
import { IconChevronDown, IconKey, IconKeyboard, IconLogout } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { signOut } from '../../features/session/api.ts';
import { useMe } from '../../features/session/use-me.ts';
import { Menu } from '../../ui/menu.tsx';
import { toast } from '../../ui/toasts.tsx';
import styles from './top-bar.module.css';

/** The own user: role, password, shortcuts, signing out. */
export function UserMenu({ onHelp }: { onHelp: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const leave = async () => {
    try {
      await signOut();
    } catch {
      return toast(t('shell.signOutFailed'), { tone: 'bad' });
    }
    await navigate({ to: '/login' });
    queryClient.clear();
  };
  return (
    <Menu
      label={me.username}
      title={t('shell.signedInAs', { role: t(`role.${me.role}`) })}
      items={[
        { label: t('session.changePassword'), icon: IconKey, onSelect: () => void navigate({ to: '/password' }) },
        { label: t('shell.shortcuts'), icon: IconKeyboard, onSelect: onHelp },
        { label: t('session.signOut'), icon: IconLogout, onSelect: () => void leave() },
      ]}
      button={(props) => (
        <Button variant="subtle" color="gray" rightSection={<IconChevronDown size={14} aria-hidden />} {...props}>
          <span className={styles.userName}>{me.username}</span>
        </Button>
      )}
    />
  );
}
