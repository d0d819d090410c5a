import type { Migration } from '@cacheferry/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AsOf } from '../../../ui/age.tsx';
import { type Crumb, Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { TabLinks } from '../../../ui/tab-links.tsx';
import { isStale } from '../progress-of.ts';
import { RouteText } from '../route-text.tsx';
import { shownState } from '../shown-state.ts';
import { StateBadge } from '../state-badge.tsx';
import { Actions } from './actions.tsx';
import { PendingNote } from './pending-note.tsx';
import { useStateAnnouncement } from './use-state-announcement.ts';

const tabs = ['overview', 'progress', 'logs', 'config', 'checks', 'history'] as const;

/** Name, state, problem and actions of a migration, and its tabs. */
export function MigrationView(props: { migration: Migration; crumbs: Crumb[]; children: ReactNode }) {
  const { t } = useTranslation();
  const { migration, crumbs, children } = props;
  useStateAnnouncement(migration);
  const { snapshotAt } = migration;
  const mark = (
    <>
      <StateBadge state={shownState(migration)} />
      {isStale(migration) && snapshotAt && <AsOf at={snapshotAt} />}
    </>
  );
  return (
    <Page
      title={migration.name}
      mark={mark}
      crumbs={crumbs}
      subtitle={<RouteText migration={migration} isBig />}
      actions={<Actions migration={migration} />}
    >
      <PendingNote migration={migration} />
      {migration.problem && (
        <ProblemView problem={migration.problem} isAlert={false} isWarning={migration.state !== 'failed'} />
      )}
      <TabLinks
        label={t('migration.parts')}
        tabs={tabs.map((tab) => ({ to: `/migrations/${migration.id}/${tab}`, label: t(`migration.tab.${tab}`) }))}
      />
      {children}
    </Page>
  );
}
