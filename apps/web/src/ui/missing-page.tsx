import { IconCompass } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemError } from '../app/http/problem-error.ts';
import { Empty } from './empty.tsx';
import { type Crumb, Page } from './page.tsx';
import { Panel } from './panel.tsx';

type MissingPageProps = { error: unknown; crumbs: Crumb[]; title: string; children: ReactNode };

/** The page of an object that could not be read: gone, or a problem, which the children show. */
export function MissingPage({ error, crumbs, title, children }: MissingPageProps) {
  const { t } = useTranslation();
  const status = error instanceof ProblemError ? error.problem.status : 0;
  if (status !== 404 && status !== 400)
    return (
      <Page title={title} crumbs={crumbs}>
        {children}
      </Page>
    );
  return (
    <Page title={t('notFound.title')} crumbs={crumbs}>
      <Panel label={t('notFound.title')}>
        <Empty icon={IconCompass} title={t('notFound.object')} text={t('notFound.text')} />
      </Panel>
    </Page>
  );
}
