import type { Job } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { buildJob } from '../migrations/build-job.ts';
import { newCommand } from './new-command.ts';
import type { Lease } from './ports.ts';
import { move } from './subject.ts';
import { type RunWork, withRun } from './with-run.ts';

/**
 * Before each launch. The run counts as launched from here on, because from here on there may be an engine: a worker
 * that takes over looks for it first, and a stop waits for its end.
 *
 * Throws `run.lease_lost`, `migration.stopped` when a user stopped it meanwhile.
 */
export async function beginLaunch(
  ctx: Context,
  lease: Lease,
  launch: { stateDir: string; engineSha256: string },
): Promise<Job> {
  return withRun(ctx, lease, async (frame) => {
    const { tx, subject, run, change, now } = frame;
    if (run.wanted === 'stopped') throw new FerryError('migration.stopped');
    const epoch = run.launches + 1;
    const forgotten = { pid: null, reported: null, outcome: null, result: null, lastError: null };
    Object.assign(change, launch, forgotten, { launches: epoch, phase: 'launched' });
    move(subject, 'launch', { by: 'supervisor', name: 'supervisor', at: now });
    await repeatRequests(ctx, frame);
    const migration = found(await tx.migrations.find(run.migrationId), 'migration');
    const check = subject.kind === 'check' ? subject.record : null;
    const isLast = frame.others.length > 0 && frame.others.every(({ outcome }) => outcome === 'completed');
    return buildJob(tx, { ...run, epoch, isLast }, migration, check);
  });
}

/** A new engine knows nothing of what was asked of the one before: open requests go again, and so does a pause. */
async function repeatRequests(ctx: Context, { tx, run, now }: RunWork): Promise<void> {
  await tx.commands.markUndelivered(run.id);
  const last = await tx.commands.lastDone(run.id, ['pause', 'resume']);
  if (last?.command !== 'pause') return;
  await tx.commands.close([last.id], 'replaced', new Date(now));
  await tx.commands.insert(newCommand(ctx, run, 'pause', {}));
}
