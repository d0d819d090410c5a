import type { Preflight } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { Ago } from '../../../ui/age.tsx';
import { Badge } from '../../../ui/badge.tsx';
import { useMachineNames } from '../../machines/use-machine-names.ts';
import { isFailed, shownRows } from './preflight-state.ts';

/** How many rows of each kind, in one line; told to screen readers when it has ended. */
export function PreflightSummary({ preflight, isBusy }: { preflight: Preflight; isBusy: boolean }) {
  const { t } = useTranslation();
  const { machines, finishedAt } = preflight;
  const rows = shownRows(preflight);
  const asked = machines.filter((one) => one.finishedAt === null).map(({ machineId }) => machineId);
  const waiting = useMachineNames(asked);
  const failed = rows.filter(isFailed).length;
  const warned = rows.filter((row) => row.status === 'warn').length;
  const passed = rows.filter((row) => row.status === 'pass').length;
  return (
    <p className="row" role="status">
      {isBusy && <Badge tone="run">{t('preflight.running')}</Badge>}
      {isBusy && waiting.length > 0 && (
        <span className="muted">{t('preflight.waitingFor', { machines: waiting.join(', ') })}</span>
      )}
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
