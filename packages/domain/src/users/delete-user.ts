import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { keepAnAdmin } from './keep-an-admin.ts';

/** Deletes a user with sessions and tokens; what the user did stays in the audit. Throws `auth.last_admin`. */
export async function deleteUser(ctx: Context, id: string): Promise<void> {
  const intent = { needs: 'admin', action: 'user.delete', objectKind: 'user', objectId: id } as const;
  await act(ctx, intent, async ({ tx, describe }) => {
    const admins = await tx.users.lockAdmins();
    const user = found(await tx.users.find(id), 'user');
    describe({ objectName: user.username, detail: { role: user.role } });
    keepAnAdmin(admins, user);
    await tx.users.delete(id);
  });
}
