import { FerryError } from '@cacheferry/kernel';
import type { MigrationEnd } from '../run-migration.ts';
import { closeShare } from '../write/agree-on-shares.ts';
import { forgetShards, forgetTask } from '../write/forget-task.ts';
import type { TargetLink } from '../route/target-link.ts';
import type { MigrationRun } from './open-run.ts';
import { openTarget } from './open-target.ts';
import { rememberedShards } from './source-shards.ts';

/**
 * Ends a run: removes its bookkeeping from the target when it is complete, and says how it ended.
 *
 * A run that was stopped keeps its checkpoint, to go on from there. Throws what ended a run that failed.
 */
export async function finishRun(run: MigrationRun, end: FerryError | null): Promise<MigrationEnd> {
  if (end && end.code !== 'migration.stopped') return fail(run, end);
  if (end) return tell(run, 'stopped');
  try {
    await forget(run);
  } catch (error) {
    return fail(run, error instanceof FerryError ? error : new FerryError('internal.unexpected', {}, error));
  }
  const missing = unaccepted(run);
  return missing ? fail(run, missing) : tell(run, 'completed');
}

/** A crash in between leaves a run that is complete and still has its checkpoint: its next start ends here again. */
async function forget(run: MigrationRun): Promise<void> {
  if (run.targetFiles) return run.record.set('completed');
  const lanes = [...new Set(run.shards.map(({ lane }) => lane))];
  const connections = await Promise.all(lanes.map((lane) => openTarget(run, { shard: 'end', lane }, run.signal)));
  try {
    run.record.set('completed');
    const shards = shardsOf(run);
    for (const connection of connections) await forgetShards(connection, run.record.task, shards);
    if (await isLastShare(run, connections)) for (const one of connections) await forgetTask(one, run.record.task);
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

/** Those of this run, and those that earlier engines of it followed and that are no shards any more. */
function shardsOf({ shards, state, target, job }: MigrationRun): string[] {
  const known = job.share ? [] : rememberedShards(state.dir);
  const former = target.placement ? known.flatMap((id) => target.shards.map((lane) => `${id}>${lane.id}`)) : known;
  return [...new Set([...shards.map(({ id }) => id), ...former])];
}

/** Engines that share a source need what is written about all of them until the last has ended. */
async function isLastShare({ job, record }: MigrationRun, [first]: readonly TargetLink[]): Promise<boolean> {
  return !job.share || !first || closeShare(first, record.task, job.share.number);
}

function tell(run: MigrationRun, outcome: 'completed' | 'stopped'): MigrationEnd {
  run.progress.ending = outcome;
  const snapshot = run.progress.snapshot();
  run.events.append({ type: 'progress', ...snapshot });
  run.events.append({ type: 'done', outcome, totals: totalsOf(run) });
  return { outcome, snapshot };
}

function fail(run: MigrationRun, error: FerryError): never {
  run.progress.ending = 'failed';
  run.events.append({ type: 'progress', ...run.progress.snapshot() });
  const failed = run.shards.find(({ tally }) => tally.phase === 'failed');
  run.events.error(error, { fatal: true, ...(failed ? { shard: failed.id } : {}) });
  run.events.append({ type: 'done', outcome: 'failed', totals: totalsOf(run), code: error.code });
  throw error;
}

/** Everything in scope arrived, or was accepted to be lost beforehand. */
function unaccepted(run: MigrationRun): FerryError | null {
  const accepted = new Set<string>(run.options.accept);
  const lost = Object.entries(run.progress.lost()).filter(([name, count]) => count > 0 && !accepted.has(name));
  if (lost.length === 0) return null;
  const count = lost.reduce((sum, [, one]) => sum + one, 0);
  return new FerryError('migration.incomplete', { count, classes: lost.map(([name]) => name).join(',') });
}

function totalsOf(run: MigrationRun): Record<string, number> {
  const { keysDone, keysSkipped, bytesIn, bytesOut } = run.progress.snapshot();
  const lost = Object.entries(run.progress.lost()).map(([name, count]) => [`lost_${name}`, count]);
  const rewritten: Record<string, number> = {};
  for (const { tally } of run.shards)
    for (const [kind, count] of Object.entries(tally.rewritten))
      rewritten[`rewritten_${kind}`] = (rewritten[`rewritten_${kind}`] ?? 0) + count;
  return { keysDone, keysSkipped, bytesIn, bytesOut, ...Object.fromEntries(lost), ...rewritten };
}
