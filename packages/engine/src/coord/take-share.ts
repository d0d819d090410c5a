import type { Job } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { agreeOnShares, areSharesKnown, reopenShare, type Shares, withdrawShares } from '../write/agree-on-shares.ts';
import { claimTarget } from '../write/claim-target.ts';
import { askPreflight } from './approve.ts';
import type { MigrationRun } from './open-run.ts';
import type { Source } from './open-source.ts';
import { openTarget } from './open-target.ts';
import { isLeftOut, proposeShares } from './propose-shares.ts';
import { SharedTurns } from './shared-turns.ts';

/**
 * The job for a source as it was found to be: one that several engines cannot share is the first one's alone.
 *
 * Throws `migration.share_unsupported` unless the others may have nothing to do.
 */
export function settleShare(job: Job, source: Source, isFileTarget: boolean): { job: Job; isSpare: boolean } {
  const { share, ...whole } = job;
  if (!share || (source.isManyServers && !isFileTarget)) return { job, isSpare: false };
  if (share.mayBeEmpty !== true) throw new FerryError('migration.share_unsupported');
  return { job: whole, isSpare: share.number > 1 };
}

/**
 * Leaves to this run the shards of its share, as all engines of the migration have agreed on them.
 *
 * Throws `migration.share_mismatch`, `migration.share_empty`, `source.shard_unshared`, `source.slots_moved`, `target.lost_history`.
 */
export async function takeShare(run: MigrationRun, signal: AbortSignal): Promise<void> {
  const { job, source, record } = run;
  const { share } = job;
  if (!share || run.shards.length === 0) return;
  const { shares, slots } = await agree(run, share, signal);
  // What moved since from one share to another would be copied by neither engine.
  const slot = source.slots[0]?.differs(slots) ?? null;
  if (slot !== null) throw new FerryError('source.slots_moved', { slot });
  const homes = new Map([...shares].map(([id, number]) => [source.shardOf(id), number]));
  // Where slots are divided, whoever has them, a server is only to be fenced.
  const fallback = run.shards.some((shard) => shard.share !== undefined) ? 1 : undefined;
  const homeOf = (id: string) => homes.get(id) ?? fallback;
  const { servers } = source;
  const stray = servers().find(({ id }) => homeOf(id) === undefined && source.slots[0]?.isIdle(id) !== true);
  if (stray) throw new FerryError('source.shard_unshared', { shard: stray.id });
  const isOwn = (id: string) => homeOf(id) === share.number;
  // Those too that join later.
  source.servers = () => servers().filter(({ id }) => isOwn(id));
  const own = run.shards.filter(({ from }) => isOwn(from));
  if (own.length === 0 && share.mayBeEmpty !== true)
    throw new FerryError('migration.share_empty', { of: share.of, shards: shares.size });
  run.shards.splice(0, run.shards.length, ...own);
  if (source.turns) {
    const turns = sharedTurns(run, share.number);
    source.turns.among = (host, until) => turns.take(host, until);
  }
  run.log.info('This engine has a share of the source', {
    share: `${share.number}/${share.of}`,
    task: record.task,
    shards: own.map(({ id }) => id).join(', '),
  });
}

function sharedTurns(run: MigrationRun, share: number): SharedTurns {
  const { record, log } = run;
  const open = (signal: AbortSignal) => openTarget(run, { shard: 'turns', lane: 0 }, signal);
  return new SharedTurns({ task: record.task, share, open, clock: run.deps.clock, log });
}

async function agree(run: MigrationRun, share: NonNullable<Job['share']>, signal: AbortSignal): Promise<Shares> {
  const { task, hasWritten } = run.record;
  const proposed = await proposeShares(run, share, signal);
  const connection = await openTarget(run, { shard: 'shares', lane: 0 }, signal);
  try {
    // When the last that had something to do forgot what was agreed on, nothing is to be written down again.
    if (share.isLast && isLeftOut(proposed, share) && !(await areSharesKnown(connection, task))) return proposed;
    // In what state the target was has to be known before anything is written down there.
    const { epoch } = await claimTarget(connection, { task, jobEpoch: 0, held: null });
    const agreed = await agreeOnShares(connection, { task, proposed, hasWritten });
    if (isLeftOut(agreed, share)) {
      if (epoch === 1) await withdrawShares(connection, task, epoch);
      return agreed;
    }
    await reopenShare(connection, task, share.number);
    // Nobody has asked the preflight for an engine that seemed to have nothing to do.
    if (isLeftOut(proposed, share)) await askPreflight(run);
    return agreed;
  } finally {
    await connection.close();
  }
}
