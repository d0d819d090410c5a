import { isEnded, isCheckEnded } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { lockMigration } from '../runs/subject.ts';

/**
 * Deletes a migration that never ran or has ended, with its events, checks and conflicts. Nothing on its machine or
 * servers changes. Throws `migration.not_ended`, `check.not_ended`.
 */
export async function deleteMigration(ctx: Context, id: string): Promise<void> {
  const intent = { needs: 'operator', action: 'migration.delete', objectKind: 'migration', objectId: id } as const;
  await act(ctx, intent, async ({ tx, describe }) => {
    const { record } = await lockMigration(tx, id);
    const { name, state, source, target } = record;
    describe({ objectName: name, detail: { state, source: source.url, target: target.url } });
    if (state !== 'draft' && !isEnded(state)) throw new FerryError('migration.not_ended', { name });
    const checks = await tx.checks.ofMigration(id);
    const live = checks.find((check) => !isCheckEnded(check.state));
    if (live) throw new FerryError('check.not_ended', { state: live.state });
    await tx.migrations.delete(id);
    await tx.notify({ kind: 'removed', of: 'migration', id });
  });
}
