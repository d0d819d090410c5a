import { Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/page.tsx';
import { TabLinks } from '../../ui/tab-links.tsx';
import { useRoleReason } from '../session/use-me.ts';

const tabs = ['users', 'tokens', 'audit', 'general'] as const;

/** What administrators look after. */
export function SettingsPage() {
  const { t } = useTranslation();
  const reason = useRoleReason('admin');
  return (
    <Page title={t('place.settings')} subtitle={t('settings.subtitle')}>
      {reason ? (
        <p role="alert">{reason}</p>
      ) : (
        <>
          <TabLinks
            label={t('place.settings')}
            tabs={tabs.map((tab) => ({ to: `/settings/${tab}`, label: t(`settings.tab.${tab}`) }))}
          />
          <Outlet />
        </>
      )}
    </Page>
  );
}
