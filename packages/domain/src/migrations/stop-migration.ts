import type { Migration } from '@cacheferry/contract';
import { act } from '../act.ts';
import { actorName } from '../authorise.ts';
import type { Context } from '../context.ts';
import { closeRun } from '../runs/close-run.ts';
import { endMigration, endOfShares } from '../runs/mark-ended.ts';
import { newCommand } from '../runs/new-command.ts';
import { sharesAmong } from '../runs/shares.ts';
import { lockMigration, mustMove, saveSubject } from '../runs/subject.ts';
import { migrationView } from './migration-view.ts';

/**
 * Ends a migration so that it can be started again, on all of its machines. A run that no worker has taken yet is
 * stopped at once; a second stop changes nothing. Throws `migration.invalid_transition`.
 */
export async function stopMigration(ctx: Context, id: string): Promise<Migration> {
  const intent = { needs: 'operator', action: 'migration.stop', objectKind: 'migration', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe, ring }) => {
    const subject = await lockMigration(tx, id);
    describe({ objectName: subject.record.name, detail: { from: subject.record.state } });
    const { state } = subject.record;
    if (state === 'stopping') return migrationView(tx, subject.record);
    const at = ctx.clock.now();
    mustMove(subject, 'stop', { by: 'user', name: actorName(ctx.actor), at });
    const shares = sharesAmong(subject.record, await tx.runs.newestOf([id]));
    for (const run of shares.filter(({ phase }) => phase !== 'ended')) {
      if (run.phase === 'queued') {
        await closeRun(tx, run, 'stopped', new Date(at));
        Object.assign(run, { phase: 'ended', outcome: 'stopped' });
        continue;
      }
      await tx.runs.update(run.id, { wanted: 'stopped' });
      await tx.commands.insert(newCommand(ctx, run, 'stop', {}));
      ring({ kind: 'run', id: run.id });
    }
    if (shares.every(({ phase }) => phase === 'ended') && subject.record.state === 'stopping')
      endMigration(subject, endOfShares(shares), { at });
    await saveSubject(ctx, tx, subject);
    return migrationView(tx, subject.record);
  });
}
