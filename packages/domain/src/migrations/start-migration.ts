import type { Migration, StartInput } from '@cacheferry/contract';
import { act } from '../act.ts';
import { actorName } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { findWorkplace } from '../machines/find-workplace.ts';
import { newRun } from '../runs/new-run.ts';
import { lockMigration, mustMove, put, saveSubject } from '../runs/subject.ts';
import { approveStart } from './approve-start.ts';
import { migrationView } from './migration-view.ts';

/**
 * Queues a run of a migration that is a draft, stopped or failed. One that ran before goes on in its state directory,
 * from its checkpoint. Of many starts at once, one wins.
 *
 * Throws `migration.invalid_transition`, `machine.draining`, `machine.untrusted`, and the codes of `approveStart`.
 */
export async function startMigration(ctx: Context, id: string, input: StartInput): Promise<Migration> {
  const intent = { needs: 'operator', action: 'migration.start', objectKind: 'migration', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe, ring }) => {
    const subject = await lockMigration(tx, id);
    const { record } = subject;
    describe({ objectName: record.name });
    const at = ctx.clock.now();
    const reason = input.override?.reason ?? null;
    mustMove(subject, 'start', { by: 'user', name: actorName(ctx.actor), at, reason });
    const approval = await approveStart(ctx, tx, record, input);
    describe({ detail: { ...approval } });
    const machine = await findWorkplace(tx, found(record.machineIds[0], 'machine'));
    const previous = await tx.runs.latestOf(id, machine.id);
    const run = newRun(ctx, { kind: 'migrate', subjectId: id, migrationId: id, machineId: machine.id }, previous);
    await tx.runs.insert(run);
    put(subject, {
      ...approval,
      startedAt: new Date(at),
      endedAt: null,
      problem: null,
      restarts: 0,
      lostFrom: null,
      snapshot: null,
      snapshotAt: null,
    });
    await saveSubject(ctx, tx, subject);
    ring({ kind: 'run', id: run.id });
    return migrationView(tx, subject.record);
  });
}
