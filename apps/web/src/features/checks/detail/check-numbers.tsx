import { type Check, isCheckEnded } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { Panel } from '../../../ui/panel.tsx';
import { ProgressBar } from '../../../ui/progress-bar.tsx';
import { type StatItem, Stats } from '../../../ui/stat.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { checkShare } from '../check-share.ts';
import { conflictTotal } from '../mode-text.ts';
import { phaseText } from '../phase-text.ts';

/** Keys compared, round, rate and time of a check; live while it runs. */
export function CheckNumbers({ check }: { check: Check }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isOver = isCheckEnded(check.state);
  const now = useNow(1000, !isOver);
  const { snapshot } = check;
  if (!snapshot)
    return isOver ? null : (
      <Panel label={t('headline.label')}>
        <p className="muted">{t('headline.beforeFirst')}</p>
      </Panel>
    );
  const end = check.finishedAt ? Date.parse(check.finishedAt) : now;
  const lasted = check.startedAt ? Math.max(0, end - Date.parse(check.startedAt)) : 0;
  const share = checkShare(check);
  const items: StatItem[] = [
    {
      label: t('check.number.keys'),
      value: format.count(snapshot.keysCompared),
      // From the second round on the total is that of the round: a part of what was compared.
      note:
        isOver || snapshot.round > 1 || snapshot.keysTotal === null
          ? undefined
          : t('headline.ofAbout', { total: format.count(snapshot.keysTotal) }),
    },
    {
      label: t('check.number.round'),
      value: t('check.number.roundOf', { round: snapshot.round, rounds: snapshot.rounds }),
    },
    {
      label: t('check.number.conflicts'),
      value: format.count(conflictTotal(check.conflicts)),
      note: isOver ? undefined : t('check.number.soFar'),
    },
    { label: t('headline.rate'), value: isOver ? '–' : format.rate(snapshot.keysPerSecond) },
    {
      label: t('headline.eta'),
      value: isOver || snapshot.etaSeconds === null ? '–' : `≈ ${format.duration(snapshot.etaSeconds * 1000)}`,
    },
    { label: t('check.number.lasted'), value: format.duration(isOver ? lasted : Math.floor(lasted / 1000) * 1000) },
  ];
  return (
    <>
      {!isOver && (
        <>
          <ProgressBar share={share} label={t('check.column.progress')} />
          <p className="muted">{phaseText(snapshot, t, format)}</p>
        </>
      )}
      <Stats items={items} />
    </>
  );
}
