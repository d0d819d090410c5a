import { type Check, isCheckEnded } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { type Crumb, Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { CheckBadge } from '../check-badge.tsx';
import { modeText } from '../mode-text.ts';
import { CheckActions } from './check-actions.tsx';
import { CheckNumbers } from './check-numbers.tsx';
import { Conflicts } from './conflicts.tsx';
import { RepairNote } from './repair-note.tsx';
import { Verdict } from './verdict.tsx';

/** What a full check found so far, or in the end. */
export function CheckView({ check, crumbs }: { check: Check; crumbs: Crumb[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const migrationCrumb = { label: check.migrationName, to: `/migrations/${check.migrationId}/checks` };
  const how = modeText(check.options.mode, t, format);
  const mode = check.options.repair ? `${how} · ${t('check.withRepair')}` : how;
  return (
    <Page
      title={t('check.titleOf', { name: check.migrationName })}
      mark={<CheckBadge state={check.state} />}
      crumbs={[...crumbs, migrationCrumb]}
      subtitle={t('check.subtitleOf', { mode, user: check.by.username, at: format.time(check.createdAt) })}
      actions={<CheckActions check={check} />}
    >
      {check.problem && <ProblemView problem={check.problem} isAlert={false} />}
      {isCheckEnded(check.state) && <Verdict check={check} />}
      {check.result?.repair && <RepairNote repair={check.result.repair} />}
      <CheckNumbers check={check} />
      <Conflicts check={check} />
    </Page>
  );
}
