import { familyOf, isEnded, type JobEndpoint, parseEndpointUrl } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import { actorName, authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { lockMigration, ownEvent, saveSubject } from '../runs/subject.ts';
import type { MigrationRecord } from '../store/work.ts';
import { openEnd } from './build-job.ts';

/** What a machine needs to remove the notes of a migration from its target: secrets are in it. */
export type ForgetTask = { task: string; machineId: string; target: JobEndpoint };

/**
 * Says from where and on which machine the notes of an ended migration are to be removed.
 *
 * Throws `migration.not_ended`, `migration.no_notes` where the target is a file.
 */
export async function prepareForget(ctx: Context, id: string): Promise<ForgetTask> {
  authorise(ctx, 'operator');
  return ctx.store.transaction(async (tx) => {
    const record = found(await tx.migrations.find(id), 'migration');
    requireForgettable(record);
    const [machineId = ''] = record.machineIds;
    const { target } = await tx.migrations.secrets(id);
    return { task: id, machineId, target: await openEnd(tx, record.target, target) };
  });
}

/** Writes down that the notes of a migration are gone from its target: in its history and in the audit. */
export async function recordForget(ctx: Context, id: string, { keys }: { keys: number }): Promise<{ keys: number }> {
  const intent = { needs: 'operator', action: 'migration.forget', objectKind: 'migration', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const subject = await lockMigration(tx, id);
    const { name, state, target } = subject.record;
    describe({ objectName: name, detail: { target: target.url, keys } });
    const body = { from: state, to: state, event: 'forgotten', by: actorName(ctx.actor), reason: null, keys };
    subject.events.push(ownEvent('state', 'info', ctx.clock.now(), body));
    await saveSubject(ctx, tx, subject);
    return { keys };
  });
}

function requireForgettable({ name, state, target }: MigrationRecord): void {
  if (state === 'draft' || !isEnded(state)) throw new FerryError('migration.not_ended', { name });
  const endpoint = parseEndpointUrl(target.url);
  if (endpoint.kind === 'rdb' || familyOf(endpoint) !== 'redis') throw new FerryError('migration.no_notes', { name });
}
