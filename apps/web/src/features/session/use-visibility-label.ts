import { useTranslation } from 'react-i18next';

/** Names the button of a password field that shows what was typed. */
export function useVisibilityLabel() {
  const { t } = useTranslation();
  return { visibilityToggleButtonProps: { 'aria-label': t('session.showPassword'), tabIndex: 0 } };
}
