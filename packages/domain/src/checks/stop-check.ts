import type { Check } from '@cacheferry/contract';
import { act } from '../act.ts';
import { actorName } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { closeRun } from '../runs/close-run.ts';
import { lockSubject, mustMove, ownEvent, saveSubject } from '../runs/subject.ts';
import { checkView } from './check-view.ts';

/**
 * Ends a full check; what it has found stays. One that no worker has taken is stopped at once, another one when its
 * machine has confirmed it. Throws `check.invalid_transition`.
 */
export async function stopCheck(ctx: Context, id: string): Promise<Check> {
  const intent = { needs: 'operator', action: 'check.stop', objectKind: 'check', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe, ring }) => {
    const subject = await lockSubject(tx, 'check', id);
    const run = await tx.runs.liveOf(id);
    const name = actorName(ctx.actor);
    const at = ctx.clock.now();
    if (!run || run.phase === 'queued') {
      mustMove(subject, 'stop', { by: 'user', name, at });
      if (run) await closeRun(tx, run, 'stopped', new Date(at));
      await saveSubject(ctx, tx, subject);
    } else if (run.wanted !== 'stopped') {
      await tx.runs.update(run.id, { wanted: 'stopped' });
      subject.events.push(ownEvent('log', 'info', at, { msg: 'A stop was asked for', by: name }));
      await saveSubject(ctx, tx, subject);
      ring({ kind: 'run', id: run.id });
    }
    const check = found(await tx.checks.find(id), 'check');
    describe({ objectName: check.migrationName });
    return checkView(check);
  });
}
