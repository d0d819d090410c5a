import type { Migration, MigrationState, Snapshot } from '@cacheferry/contract';
import { isEnded } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../../../i18n/use-format.ts';
import { Panel } from '../../../ui/panel.tsx';
import { type StatItem, Stats } from '../../../ui/stat.tsx';
import { fullSyncShare, isStale } from '../progress-of.ts';

/** The numbers that everybody asks for. Only what the target acknowledged is counted. */
export function Headline({ migration }: { migration: Migration }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!migration.snapshot)
    return (
      <Panel label={t('headline.label')}>
        <p className="muted">{t(migration.state === 'draft' ? 'headline.beforeStart' : 'headline.beforeFirst')}</p>
      </Panel>
    );
  const items = [
    ...keyItems(migration, migration.snapshot, t, format),
    ...flowItems(migration, migration.snapshot, t, format),
    ...costItems(migration.snapshot, t, format),
  ];
  return <Stats items={items} isStale={isStale(migration)} />;
}

function keyItems(migration: Migration, snapshot: Snapshot, t: TFunction, format: Format): StatItem[] {
  const share = fullSyncShare(migration);
  const total =
    snapshot.keysTotal === null
      ? t('headline.byFullSync')
      : t('headline.byFullSyncOf', { total: format.count(snapshot.keysTotal) });
  return [
    { label: t('headline.keys'), value: format.count(snapshot.keysDone), note: total },
    { label: t('headline.fullSync'), value: share === null ? t('quantity.unknown') : format.share(share) },
    {
      label: t('headline.bytes'),
      value: format.bytes(snapshot.bytesOut),
      note: t('headline.bytesIn', { bytes: format.bytes(snapshot.bytesIn) }),
      exact: `${format.count(snapshot.bytesOut)} B`,
    },
  ];
}

function limitOf({ rateKeys, rateBytes }: Snapshot, t: TFunction, format: Format): string | undefined {
  const limits = [rateKeys > 0 && format.rate(rateKeys), rateBytes > 0 && format.byteRate(rateBytes)].filter(Boolean);
  return limits.length > 0 ? t('headline.limit', { limit: limits.join(' · ') }) : undefined;
}

/** What is left below that is only what is on its way. */
const caughtUpSeconds = 5;

function flowItems({ state }: Migration, snapshot: Snapshot, t: TFunction, format: Format): StatItem[] {
  const nothing = '–';
  const isOver = isEnded(state);
  const { lagBytes, lagMs } = snapshot;
  const unknown = t('quantity.unknown');
  const lag = `${lagBytes === null ? unknown : format.bytes(lagBytes)} · ${lagMs === null ? unknown : format.duration(lagMs)}`;
  return [
    {
      label: t('headline.rate'),
      value: isOver ? nothing : format.rate(snapshot.keysPerSecond),
      note: isOver
        ? undefined
        : [format.byteRate(snapshot.bytesPerSecond), limitOf(snapshot, t, format)].filter(Boolean).join(' · '),
    },
    { label: t('headline.lag'), value: isOver ? nothing : lagBytes === null && lagMs === null ? unknown : lag },
    { label: t('headline.eta'), value: timeLeft(state, snapshot, t, format) ?? nothing },
  ];
}

/** Nothing where no time passes for it, or next to none is left. */
function timeLeft(state: MigrationState, { etaSeconds }: Snapshot, t: TFunction, format: Format): string | null {
  if (isEnded(state) || state === 'paused') return null;
  if (etaSeconds === null) return state === 'full_sync' ? t('headline.estimating') : null;
  if (state === 'incremental_sync' && etaSeconds < caughtUpSeconds) return null;
  return `≈ ${format.duration(etaSeconds * 1000)}`;
}

function costItems(snapshot: Snapshot, t: TFunction, format: Format): StatItem[] {
  const errors = Object.values(snapshot.errors).reduce((sum, count) => sum + count, 0);
  return [
    { label: t('headline.errors'), value: format.count(errors) },
    { label: t('headline.skipped'), value: format.count(snapshot.keysSkipped) },
    { label: t('headline.spool'), value: format.bytes(snapshot.spoolBytes) },
    { label: t('headline.memory'), value: format.bytes(snapshot.rssBytes) },
  ];
}
