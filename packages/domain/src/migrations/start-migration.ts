import type { Migration, MigrationState, StartInput } from '@cacheferry/contract';
import { act } from '../act.ts';
import { actorName } from '../authorise.ts';
import type { Context } from '../context.ts';
import { findWorkplace } from '../machines/find-workplace.ts';
import { askOthers } from '../runs/ask-others.ts';
import { newRun } from '../runs/new-run.ts';
import { isSpare, problemOfShares, workplacesOf } from '../runs/shares.ts';
import { lockMigration, mustMove, put, saveSubject, type Subject } from '../runs/subject.ts';
import type { Transaction } from '../store/index.ts';
import type { StoredRun } from '../store/runs.ts';
import { approveStart } from './approve-start.ts';
import { migrationView } from './migration-view.ts';

type Migrate = Extract<Subject, { kind: 'migrate' }>;

/**
 * Queues a run of a migration that is a draft, stopped or failed, on each of its machines. One that ran before goes on in
 * its state directory, from its checkpoint. Of many starts at once, one wins. Where one of several shares has ended
 * before its time, it alone is started again; what is done stays done.
 *
 * Throws `migration.invalid_transition`, `machine.draining`, `machine.untrusted`, and the codes of `approveStart`.
 */
export async function startMigration(ctx: Context, id: string, input: StartInput): Promise<Migration> {
  const intent = { needs: 'operator', action: 'migration.start', objectKind: 'migration', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe, ring }) => {
    const subject = await lockMigration(tx, id);
    const { record } = subject;
    describe({ objectName: record.name });
    const newest = await tx.runs.newestOf([id]);
    const places = workplacesOf(record);
    const latest = (machineId: string) => newest.find((run) => run.machineId === machineId) ?? null;
    const due = places.filter((machineId) => isDue(latest(machineId), places.length));
    const isAlone = atWork.includes(record.state) && due.length > 0;
    const at = ctx.clock.now();
    const reason = input.override?.reason ?? null;
    if (!isAlone) mustMove(subject, 'start', { by: 'user', name: actorName(ctx.actor), at, reason });
    const approval = await approveStart(ctx, tx, record, input);
    describe({ detail: { ...approval, ...(isAlone ? { machineIds: due } : {}) } });
    const runs: StoredRun[] = [];
    for (const machineId of due) {
      const machine = await findWorkplace(tx, machineId);
      const about = { kind: 'migrate', subjectId: id, migrationId: id, machineId: machine.id } as const;
      const previous = latest(machineId);
      const run = { ...newRun(ctx, about, previous), ...(isAlone ? { snapshot: waiting(previous) } : {}) };
      await tx.runs.insert(run);
      runs.push(run);
    }
    const others = newest.filter(({ machineId }) => !due.includes(machineId));
    put(subject, approval);
    if (isAlone) await shareAgain(ctx, tx, subject, others);
    else put(subject, { ...fresh, startedAt: new Date(at) });
    await saveSubject(ctx, tx, subject);
    for (const run of runs) ring({ kind: 'run', id: run.id });
    return migrationView(tx, subject.record);
  });
}

const atWork: readonly MigrationState[] = ['starting', 'full_sync', 'incremental_sync', 'paused'];
const fresh = { endedAt: null, problem: null, restarts: 0, lostFrom: null, snapshot: null, snapshotAt: null } as const;

/** A share that is done is not done again; one for which no shard was left looks whether there is one now. */
function isDue(run: StoredRun | null, shares: number): boolean {
  if (run === null) return true;
  return run.phase === 'ended' && (shares === 1 || run.outcome !== 'completed' || isSpare(run));
}

/** What a share had done stays to be seen until its new engine tells. */
function waiting(previous: StoredRun | null): StoredRun['snapshot'] {
  const snapshot = previous?.snapshot ?? null;
  const shards = snapshot?.shards.map((shard) => ({ ...shard, phase: 'connecting' }) as const) ?? [];
  return snapshot && { ...snapshot, keysPerSecond: 0, bytesPerSecond: 0, shards };
}

async function shareAgain(ctx: Context, tx: Transaction, subject: Migrate, others: readonly StoredRun[]) {
  put(subject, { problem: problemOfShares(others) });
  await askOthers(ctx, { tx, subject, others }, 'rate');
}
