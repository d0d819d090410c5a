import { Snapshot } from '@cacheferry/contract';
import { askEngine, stateFiles } from '@cacheferry/engine';
import { FerryError } from '@cacheferry/kernel';
import { readArguments, wrongUse } from '../arguments.ts';
import type { CommandModule } from '../command.ts';
import { describeProgress } from '../migrate/describe-progress.ts';
import { lastProgress } from '../migrate/last-progress.ts';

const ended: readonly string[] = ['completed', 'stopped', 'failed'];

/** `ferry status`: how far a run is, or how it has ended. */
export const command: CommandModule = {
  help: `ferry status --state DIR [--json]
  Shows how far a running migration is, or how the last run of DIR ended.
  --json   the snapshot as one JSON document`,
  run: async (args, io) => {
    const { values } = readArguments('status', args, { state: { type: 'string' }, json: { type: 'boolean' } });
    if (values.state === undefined) throw wrongUse('status', '--state is needed');
    const snapshot = await snapshotOf(values.state);
    io.stdout.write(`${values.json ? JSON.stringify(snapshot) : statusText(snapshot)}\n`);
    return 0;
  },
};

/** A migration as a line and one for each shard; a full check, whose snapshot is another, field by field. */
function statusText(snapshot: Record<string, unknown>): string {
  const migration = Snapshot.safeParse(snapshot).data;
  if (!migration)
    return Object.entries(snapshot)
      .map(([name, value]) => `${name.padEnd(14)} ${JSON.stringify(value)}`)
      .join('\n');
  const shards = migration.shards.map(({ id, phase, source, offset, sourceOffset }) => {
    const offsets = offset === null ? '' : `, offset ${offset} of ${sourceOffset ?? '?'}`;
    return `shard ${id}: ${phase}, ${source}${offsets}`;
  });
  return [describeProgress(migration), ...shards, `memory ${Math.round(migration.rssBytes / 1024 ** 2)} MiB`].join(
    '\n',
  );
}

async function snapshotOf(dir: string): Promise<Record<string, unknown>> {
  try {
    return await askEngine(dir, { command: 'status' });
  } catch (error) {
    if (!(error instanceof FerryError) || error.code !== 'engine.not_running') throw error;
    const last = lastProgress(stateFiles(dir).eventsFile);
    if (!last || !ended.includes(String(last.state))) throw error;
    return last;
  }
}
