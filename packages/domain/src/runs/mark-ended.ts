import { problemOf } from '../problem.ts';
import type { Context } from '../context.ts';
import type { StoredRun } from '../store/runs.ts';
import { closeRun } from './close-run.ts';
import type { Failure, Lease, RunEnd } from './ports.ts';
import { type Cause, enterState, move, put, type Subject } from './subject.ts';
import { withRun } from './with-run.ts';

type Migrate = Extract<Subject, { kind: 'migrate' }>;
type Check = Extract<Subject, { kind: 'check' }>;

/** The run is over, and its machine has confirmed that nothing of it is left. */
export async function markEnded(ctx: Context, lease: Lease, end: RunEnd): Promise<void> {
  await withRun(ctx, lease, async ({ tx, subject, run, now }) => {
    const at = { at: now };
    const failure = end.failure ?? (end.outcome === 'failed' ? run.lastError : null);
    if (subject.kind === 'migrate') endMigration(subject, { ...end, failure }, at);
    else endCheck(subject, run, { ...end, failure }, at);
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

function endMigration(subject: Migrate, { outcome, failure }: RunEnd, at: { at: number }): void {
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
