import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Menu } from '../../ui/menu.tsx';

const choices = [
  { value: 'auto', icon: IconDeviceDesktop },
  { value: 'light', icon: IconSun },
  { value: 'dark', icon: IconMoon },
] as const satisfies { value: MantineColorScheme; icon: typeof IconSun }[];

/** Light, dark, or as the system has it. */
export function ThemeMenu() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { icon: Current } = choices.find((choice) => choice.value === colorScheme) ?? choices[0];
  return (
    <Menu
      label={t('shell.theme')}
      items={choices.map(({ value, icon }) => ({
        label: t(`shell.themes.${value}`),
        icon,
        isChosen: value === colorScheme,
        onSelect: () => setColorScheme(value),
      }))}
      button={(props) => (
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('shell.theme')} {...props}>
          <Current size={18} aria-hidden />
        </ActionIcon>
      )}
    />
  );
}
