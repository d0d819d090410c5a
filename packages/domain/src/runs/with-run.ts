import { FerryError } from '@cacheferry/kernel';
import type { Context } from '../context.ts';
import { hold } from '../machines/machine-store.ts';
import type { Transaction } from '../store/index.ts';
import type { RunChange, StoredRun } from '../store/runs.ts';
import type { MigrationRecord } from '../store/work.ts';
import type { Lease, RunRecord } from './ports.ts';
import { runRecord } from './run-record.ts';
import { shareOf, sharesAmong } from './shares.ts';
import { lockSubject, saveSubject, type Subject } from './subject.ts';

/**
 * A run under its lease, with its migration or check locked. `change` is merged into the run's row at the end. `others`:
 * the newest runs of the other machines of the same migration.
 */
export type RunWork = {
  tx: Transaction;
  subject: Subject;
  run: StoredRun;
  change: RunChange;
  others: readonly StoredRun[];
  now: number;
};

/**
 * The frame of everything that a worker writes about a run: lock, lease, work, one save, one signal.
 *
 * Throws `run.lease_lost` when another worker has the run, or when it has ended.
 */
export async function withRun<T>(ctx: Context, lease: Lease, work: (frame: RunWork) => Promise<T> | T): Promise<T> {
  return ctx.store.transaction(async (tx) => {
    const known = await tx.runs.find(lease.id);
    if (!known) throw new FerryError('run.lease_lost', { id: lease.id });
    const subject = await lockSubject(tx, known.kind, known.subjectId);
    await hold(tx, 'run', lease);
    const run = await tx.runs.find(lease.id);
    if (!run || run.phase === 'ended') throw new FerryError('run.lease_lost', { id: lease.id });
    const others = subject.kind === 'migrate' ? await othersOf(tx, subject.record, run) : [];
    const frame: RunWork = { tx, subject, run, change: {}, others, now: ctx.clock.now() };
    const result = await work(frame);
    if (Object.keys(frame.change).length > 0) await tx.runs.update(run.id, frame.change);
    if (subject.events.length > 0 || Object.keys(subject.change).length > 0) await saveSubject(ctx, tx, subject);
    return result;
  });
}

async function othersOf(tx: Transaction, migration: MigrationRecord, run: StoredRun): Promise<StoredRun[]> {
  if (!shareOf(migration, run.machineId)) return [];
  const shares = sharesAmong(migration, await tx.runs.newestOf([migration.id]));
  return shares.filter(({ machineId }) => machineId !== run.machineId);
}

/** All shares of the migration as they are with what is changed of this one; one where a machine has all of it. */
export function sharesIn({ subject, run, change, others }: Omit<RunWork, 'tx' | 'now'>): StoredRun[] {
  const own = { ...run, ...change };
  return subject.kind === 'migrate' ? sharesAmong(subject.record, [own, ...others]) : [own];
}

/** As `withRun`, answering the run as it is after the work. */
export async function changeRun(
  ctx: Context,
  lease: Lease,
  work: (frame: RunWork) => Promise<void> | void,
): Promise<RunRecord> {
  return withRun(ctx, lease, async (frame) => {
    await work(frame);
    return runRecord({ ...frame.run, ...frame.change });
  });
}
