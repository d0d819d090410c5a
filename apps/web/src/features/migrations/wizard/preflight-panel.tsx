import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/panel.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { FoundEnds } from './found-ends.tsx';
import { PreflightProblems } from './preflight-problems.tsx';
import { PreflightRows } from './preflight-rows.tsx';
import { shownRows } from './preflight-state.ts';
import { PreflightSummary } from './preflight-summary.tsx';
import { usePreflight } from './use-preflight.ts';

/** The preflight of the draft: asked by itself, row by row, and again when asked to. */
export function PreflightPanel() {
  const { t } = useTranslation();
  const { preflight, error, isAsking, ask } = usePreflight();
  const isBusy = isAsking || preflight?.state === 'queued' || preflight?.state === 'running';
  const again = (
    <Button
      variant="default"
      loading={isBusy}
      leftSection={<IconRefresh size={15} aria-hidden />}
      onClick={() => ask()}
    >
      {t('preflight.again')}
    </Button>
  );
  return (
    <Panel title={t('preflight.title')} actions={again}>
      <div className="stack">
        {error ? <ErrorView error={error} onRetry={ask} /> : null}
        {preflight && <PreflightProblems preflight={preflight} onRetry={ask} />}
        {preflight && <PreflightSummary preflight={preflight} isBusy={isBusy} />}
        <FoundEnds report={preflight?.report} />
        {preflight && <PreflightRows rows={shownRows(preflight)} isBusy={isBusy} />}
        {isBusy && (preflight?.rows.length ?? 0) === 0 && <Skeleton lines={5} />}
      </div>
    </Panel>
  );
}
