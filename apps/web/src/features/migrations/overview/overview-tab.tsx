import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/panel.tsx';
import { useMigration } from '../use-migration.ts';
import { Headline } from './headline.tsx';
import { Losses } from './losses.tsx';
import { NextStep } from './next-step.tsx';
import { Shares } from './shares.tsx';
import { ShardTable } from './shard-table.tsx';
import { TargetFiles } from './target-files.tsx';
import { Stepper } from './stepper.tsx';

/** Where a migration stands, in numbers, and what comes next. */
export function OverviewTab() {
  const { t } = useTranslation();
  const migration = useMigration();
  const { snapshot } = migration;
  return (
    <>
      <Stepper migration={migration} />
      <Headline migration={migration} />
      <NextStep migration={migration} />
      <TargetFiles migration={migration} />
      <Shares migration={migration} />
      {snapshot && <Losses id={migration.id} snapshot={snapshot} />}
      {snapshot && snapshot.shards.length > 0 && (
        <Panel title={t('shards.title', { count: snapshot.shards.length })} isFlush>
          <ShardTable migration={migration} shards={snapshot.shards} />
        </Panel>
      )}
    </>
  );
}
