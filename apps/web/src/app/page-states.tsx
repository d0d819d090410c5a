import { IconCompass } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Empty } from '../ui/empty.tsx';
import { LinkButton } from '../ui/link-button.tsx';
import { Page } from '../ui/page.tsx';
import { Panel } from '../ui/panel.tsx';
import { ErrorView } from '../ui/problem-view.tsx';
import { Skeleton } from '../ui/skeleton.tsx';

/** While the piece of a page is loaded. */
export function PagePending() {
  return <Skeleton lines={8} />;
}

/** When a page failed as a whole. */
export function PageFault({ error, reset }: { error: unknown; reset: () => void }) {
  const { t } = useTranslation();
  return (
    <Page title={t('fault.title')}>
      <ErrorView error={error} onRetry={reset} />
    </Page>
  );
}

/** When there is nothing at an address. */
export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t('notFound.title')}>
      <Panel label={t('notFound.title')}>
        <Empty
          icon={IconCompass}
          title={t('notFound.headline')}
          text={t('notFound.text')}
          actions={<LinkButton to="/migrations">{t('notFound.action')}</LinkButton>}
        />
      </Panel>
    </Page>
  );
}
