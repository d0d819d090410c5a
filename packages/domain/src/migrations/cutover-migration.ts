import type { Migration } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { lockMigration } from '../runs/subject.ts';

/** Not offered by this version. Throws `migration.not_available`. */
export const cutoverMigration = (ctx: Context, id: string): Promise<Migration> => refuse(ctx, id, 'cutover');

/** Not offered by this version. Throws `migration.not_available`. */
export const rollbackMigration = (ctx: Context, id: string): Promise<Migration> => refuse(ctx, id, 'rollback');

async function refuse(ctx: Context, id: string, event: string): Promise<Migration> {
  const action = `migration.${event}`;
  return act(ctx, { needs: 'operator', action, objectKind: 'migration', objectId: id }, async ({ tx, describe }) => {
    const subject = await lockMigration(tx, id);
    describe({ objectName: subject.record.name });
    throw new FerryError('migration.not_available', { event });
  });
}
