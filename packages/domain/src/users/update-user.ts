import type { User, UserChange } from '@cacheferry/contract';
import { act } from '../act.ts';
import { changes } from '../audit/write-audit.ts';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import type { PasswordHasher } from '../ports.ts';
import { checkPassword } from '../sessions/check-password.ts';
import { keepAnAdmin } from './keep-an-admin.ts';
import { userView } from './user-view.ts';

/**
 * Changes role, access or password of a user and ends the user's sessions. A password that another one sets must be
 * changed at the next sign-in.
 *
 * Throws `auth.last_admin`, `auth.weak_password`.
 */
export async function updateUser(
  ctx: Context,
  id: string,
  change: UserChange,
  deps: { hasher: PasswordHasher },
): Promise<User> {
  authorise(ctx, 'admin');
  const known = found(await ctx.store.users.find(id), 'user');
  const { password, role = known.role, isDisabled = known.isDisabled } = change;
  if (password !== undefined) checkPassword(password, known.username);
  const passwordHash = password === undefined ? undefined : await deps.hasher.hash(password);
  const intent = { needs: 'admin', action: 'user.update', objectKind: 'user', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const admins = await tx.users.lockAdmins();
    const user = found(await tx.users.find(id), 'user');
    const isPasswordSet = passwordHash !== undefined;
    describe({ objectName: user.username, detail: { ...changes(user, { role, isDisabled }), isPasswordSet } });
    if (role !== 'admin' || isDisabled) keepAnAdmin(admins, user);
    const isOwn = ctx.actor.kind === 'user' && ctx.actor.id === id;
    const secret = isPasswordSet ? { passwordHash, mustChangePassword: !isOwn } : {};
    const changed = found(await tx.users.update(id, { role, isDisabled, ...secret }), 'user');
    if (isPasswordSet || role !== user.role || isDisabled) await tx.sessions.deleteOfUser(id, null);
    return userView(changed);
  });
}
