import type { Preflight } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { Ago } from '../../../ui/age.tsx';
import { Badge } from '../../../ui/badge.tsx';
import { isFailed } from './preflight-state.ts';

/** How many rows of each kind, in one line; told to screen readers when it has ended. */
export function PreflightSummary({ preflight, isBusy }: { preflight: Preflight; isBusy: boolean }) {
  const { t } = useTranslation();
  const { rows, finishedAt } = preflight;
  const failed = rows.filter(isFailed).length;
  const warned = rows.filter((row) => row.status === 'warn').length;
  const passed = rows.filter((row) => row.status === 'pass').length;
  return (
    <p className="row" role="status">
      {isBusy && <Badge tone="run">{t('preflight.running')}</Badge>}
      {failed > 0 && <Badge tone="bad">{t('preflight.failed', { count: failed })}</Badge>}
      {warned > 0 && <Badge tone="warn">{t('preflight.warned', { count: warned })}</Badge>}
      {passed > 0 && <Badge tone="ok">{t('preflight.passed', { count: passed })}</Badge>}
      {finishedAt && !isBusy && (
        <span className="muted">
          <Ago at={finishedAt} />
        </span>
      )}
    </p>
  );
}
