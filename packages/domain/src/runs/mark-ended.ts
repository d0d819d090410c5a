import { problemOf } from '../problem.ts';
import type { Context } from '../context.ts';
import type { StoredRun } from '../store/runs.ts';
import { askOthers } from './ask-others.ts';
import { closeRun } from './close-run.ts';
import type { Failure, Lease, RunEnd } from './ports.ts';
import { mergeSnapshots } from './merge-snapshots.ts';
import { isOutOfContact, problemOfShares, stateOfShares } from './shares.ts';
import { type Cause, enterState, move, ownEvent, put, type Subject } from './subject.ts';
import { sharesIn, withRun } from './with-run.ts';

type Migrate = Extract<Subject, { kind: 'migrate' }>;
type Check = Extract<Subject, { kind: 'check' }>;

/** The run is over, and its machine has confirmed that nothing of it is left. */
export async function markEnded(ctx: Context, lease: Lease, end: RunEnd): Promise<void> {
  await withRun(ctx, lease, async (frame) => {
    const { tx, subject, run, change, now } = frame;
    const at = { at: now };
    const failure = end.failure ?? (end.outcome === 'failed' ? run.lastError : null);
    if (failure) change.lastError = failure;
    if (subject.kind === 'check') endCheck(subject, run, { ...end, failure }, at);
    else if (frame.others.length === 0) endMigration(subject, { ...end, failure }, at);
    else {
      const ended = { ...run, ...change, phase: 'ended', isLost: false, outcome: end.outcome } as const;
      endShare(subject, ended, sharesIn({ ...frame, change: ended }), now);
      await askOthers(ctx, frame, 'rate');
    }
    await closeRun(tx, run, end.outcome, new Date(now));
    await tx.leases.release('run', lease);
  });
}

const engine = (at: { at: number }, reason: string | null): Cause => ({ by: 'engine', name: 'engine', ...at, reason });
const supervisor = (at: { at: number }, reason: string | null): Cause => ({
  by: 'supervisor',
  name: 'supervisor',
  ...at,
  reason,
});

/** One of several engines is gone: the migration ends with the last of them, as the worst of them did. */
function endShare(subject: Migrate, run: StoredRun, shares: readonly StoredRun[], at: number): void {
  const snapshot = mergeSnapshots(shares);
  if (snapshot) put(subject, { snapshot });
  if (run.outcome === 'failed') tellFailure(subject, run, at);
  if (shares.every(({ phase }) => phase === 'ended')) {
    endMigration(subject, endOfShares(shares), { at });
    return;
  }
  if (subject.record.state === 'stopping' || shares.some(isOutOfContact)) return;
  const reached = stateOfShares(shares);
  const cause = supervisor({ at }, run.lastError && run.outcome === 'failed' ? problemOf(run.lastError).title : null);
  if (subject.record.state === 'lost') {
    enterState(subject, reached ?? 'starting', 'contact', cause);
    put(subject, { lostFrom: null, problem: problemOfShares(shares) });
  } else if (run.outcome !== 'completed') move(subject, 'restart', cause);
  else if (reached === 'incremental_sync') move(subject, 'caught_up', engine({ at }, null));
}

/** The others go on; that not all of it does any more is shown as long as that is so. */
function tellFailure(subject: Migrate, { machineId, lastError }: StoredRun, at: number): void {
  if (!lastError) return;
  const problem = problemOf(lastError);
  const { code, title, detail, fix } = problem;
  subject.events.push(ownEvent('log', 'error', at, { msg: 'A share has failed', machineId, code, title, detail, fix }));
  put(subject, { problem });
}

/** As the worst of them ended. */
export function endOfShares(shares: readonly StoredRun[]): RunEnd {
  const failed = shares.find(({ outcome }) => outcome !== 'completed' && outcome !== 'stopped');
  const isStopped = shares.some(({ outcome }) => outcome === 'stopped');
  const outcome = failed ? 'failed' : isStopped ? 'stopped' : 'completed';
  return { outcome, failure: failed?.lastError ?? null, confirmed: true };
}

/** Ends a migration of which no engine is left. */
export function endMigration(subject: Migrate, { outcome, failure }: RunEnd, at: { at: number }): void {
  const problem = failure ? problemOf(failure) : null;
  const reason = problem?.title ?? null;
  put(subject, { problem });
  if (outcome !== 'completed' && outcome !== 'stopped') {
    move(subject, 'fail', supervisor(at, reason));
    return;
  }
  leaveLost(subject, at);
  const event = outcome === 'completed' ? 'done' : 'stopped';
  if (move(subject, event, engine(at, reason))) return;
  // A pause that ended before it was reported: the table knows the way over the state in between.
  if (move(subject, 'caught_up', engine(at, null)) && move(subject, event, engine(at, reason))) return;
  move(subject, 'fail', supervisor(at, reason));
}

function leaveLost(subject: Migrate, at: { at: number }): void {
  const { state, lostFrom } = subject.record;
  if (state !== 'lost') return;
  enterState(subject, lostFrom ?? 'starting', 'contact', supervisor(at, null));
  put(subject, { lostFrom: null });
}

const partial: Failure = { code: 'check.partial', facts: {}, detail: '' };

function endCheck(subject: Check, run: StoredRun, { outcome, failure }: RunEnd, at: { at: number }): void {
  const result = run.result ?? subject.record.result;
  const { round } = subject.record;
  put(subject, {
    result,
    conflicts: result?.conflicts ?? subject.record.conflicts,
    round: Math.max(round, result?.rounds ?? 0),
    problem: failure ? problemOf(failure) : null,
  });
  if (outcome === 'consistent' || outcome === 'inconsistent') {
    move(subject, outcome, engine(at, null));
    return;
  }
  const isStopped = run.wanted === 'stopped' || outcome === 'stopped';
  if (isStopped && move(subject, 'stop', engine(at, null))) return;
  const problem = problemOf(failure ?? partial);
  put(subject, { problem });
  move(subject, 'fail', supervisor(at, problem.title));
}
