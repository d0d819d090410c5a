import { Switch } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Chips } from '../../../ui/chips.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { ShardTable } from '../overview/shard-table.tsx';
import { useMigration } from '../use-migration.ts';
import { Charts } from './charts.tsx';
import { PointTable } from './point-table.tsx';
import { rangeNames } from './ranges.ts';
import { usePoints } from './use-points.ts';

/** How it went over time: rates and lag, as charts or as a table. */
export function ProgressTab() {
  const { t } = useTranslation();
  const migration = useMigration();
  const shards = migration.snapshot?.shards ?? [];
  const { range = '15m', table = false } = useSearch({ from: '/shell/migrations/$id/progress' });
  const navigate = useNavigate();
  const { query, points } = usePoints(migration, range);
  const set = (search: { range?: typeof range; table?: boolean }) =>
    void navigate({
      from: '/migrations/$id/progress',
      search: (before) => ({ ...before, ...search }),
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      <div className="spread">
        <Chips
          label={t('progress.range')}
          chips={rangeNames.map((value) => ({ value, label: t(`progress.ranges.${value}`) }))}
          value={range}
          onChange={(value) => set({ range: value })}
        />
        <Switch
          label={t('progress.asTable')}
          checked={table}
          onChange={(event) => set({ table: event.currentTarget.checked })}
        />
      </div>
      <QueryView query={query}>{() => (table ? <PointTable points={points} /> : <Charts points={points} />)}</QueryView>
      {shards.length > 1 && (
        <Panel title={t('shards.title', { count: shards.length })} isFlush>
          <ShardTable migration={migration} shards={shards} />
        </Panel>
      )}
    </>
  );
}
