import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '../../i18n/language.ts';

/** Switches to the other language; the label is in that language, so that its readers find it. */
export function LanguageSwitch() {
  const { i18n } = useTranslation();
  const other = i18n.language === 'zh' ? 'en' : 'zh';
  const label = other === 'zh' ? '中文' : 'English';
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      lang={other === 'zh' ? 'zh-CN' : 'en'}
      onClick={() => void chooseLanguage(other)}
    >
      {label}
    </Button>
  );
}
