import { type CheckSnapshot, isLive, type MigrationState, Snapshot } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Context } from '../context.ts';
import { problemOf } from '../problem.ts';
import type { Failure, Lease, RunRecord } from './ports.ts';
import { mergeSnapshots } from './merge-snapshots.ts';
import { runRecord } from './run-record.ts';
import { isOutOfContact, problemOfShares, stateOfShares } from './shares.ts';
import { enterState, move, ownEvent, put, type Subject } from './subject.ts';
import { changeRun, type RunWork, sharesIn } from './with-run.ts';

/** The machine does not answer: what the engine does is unknown. Again: only the reason changes. */
export async function markLost(ctx: Context, lease: Lease, reason: Failure): Promise<RunRecord> {
  return changeRun(ctx, lease, ({ subject, run, change, now }) => {
    const problem = problemOf(reason);
    if (subject.kind === 'check') {
      if (!run.isLost) subject.events.push(ownEvent('log', 'warn', now, { msg: 'Contact was lost', ...reason }));
    } else if (subject.record.state !== 'lost') {
      const lostFrom = subject.record.state;
      const isMoved = move(subject, 'lose', { by: 'supervisor', name: 'supervisor', at: now, reason: problem.title });
      if (isMoved) put(subject, { lostFrom });
    }
    put(subject, { problem });
    change.isLost = true;
  });
}

/**
 * The machine answers. After a loss the state becomes what the engine says of itself, and where no engine runs, the one
 * before the loss. Without a loss only the time of contact is noted.
 */
export async function markContact(
  ctx: Context,
  lease: Lease,
  snapshot: Snapshot | CheckSnapshot | null,
): Promise<RunRecord> {
  const known = await ctx.store.runs.find(lease.id);
  if (known && !known.isLost && known.phase !== 'ended') return noteContact(ctx, lease);
  return changeRun(ctx, lease, (frame) => {
    const { subject, change, now } = frame;
    change.isLost = false;
    change.lastContactAt = new Date(now);
    if (!frame.others.some(isOutOfContact)) put(subject, { problem: problemOfShares(frame.others) });
    if (subject.kind === 'check') subject.events.push(ownEvent('log', 'info', now, { msg: 'Contact is back' }));
    else restore(frame, subject, Snapshot.safeParse(snapshot).data ?? null);
  });
}

async function noteContact(ctx: Context, lease: Lease): Promise<RunRecord> {
  return ctx.store.transaction(async (tx) => {
    const isHeld = await tx.leases.hold('run', lease);
    const run = isHeld ? await tx.runs.find(lease.id) : null;
    if (!run || run.phase === 'ended') throw new FerryError('run.lease_lost', { id: lease.id });
    const change = { lastContactAt: new Date(ctx.clock.now()) };
    await tx.runs.update(run.id, change);
    return runRecord({ ...run, ...change });
  });
}

type Migrate = Extract<Subject, { kind: 'migrate' }>;

function restore(frame: RunWork, subject: Migrate, snapshot: Snapshot | null): void {
  const { run, others, now } = frame;
  if (snapshot) takeIn(frame, subject, snapshot);
  // As long as one of several machines is silent, nobody knows where all of it is.
  if (subject.record.state !== 'lost' || others.some(isOutOfContact)) return;
  const reached = others.length > 0 ? stateOfShares(sharesIn(frame)) : (snapshot?.state ?? null);
  const told = reached !== null && isAtWork(reached) ? reached : (subject.record.lostFrom ?? 'starting');
  const to: MigrationState = run.wanted === 'stopped' ? 'stopping' : told;
  enterState(subject, to, 'contact', { by: 'supervisor', name: 'supervisor', at: now });
  put(subject, { lostFrom: null });
}

function takeIn(frame: RunWork, subject: Migrate, told: Snapshot): void {
  const { change, others, now } = frame;
  if (isAtWork(told.state)) change.reported = told.state;
  if (others.length > 0) change.snapshot = told;
  const snapshot = others.length > 0 ? mergeSnapshots(sharesIn(frame)) : told;
  if (snapshot) put(subject, { snapshot, snapshotAt: new Date(now) });
}

/** An engine that has ended is shown as ended only once the machine has confirmed it. */
const isAtWork = (state: MigrationState): boolean => isLive(state) && state !== 'lost';
