import type { PasswordChange } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import { userOf } from '../authorise.ts';
import type { Context } from '../context.ts';
import type { PasswordHasher } from '../ports.ts';
import { checkPassword } from './check-password.ts';
import { hashToken } from './token-text.ts';

/**
 * Changes the password of the user who is signed in, and ends every other session. `token` is the session that stays.
 *
 * Throws `auth.wrong_password`, `auth.weak_password`.
 */
export async function changePassword(
  ctx: Context,
  input: PasswordChange,
  deps: { hasher: PasswordHasher; token: string },
): Promise<void> {
  const actor = userOf(ctx);
  // A first password may do this one thing.
  const allowed: Context = { ...ctx, actor: { ...actor, mustChangePassword: false } };
  const user = await ctx.store.users.find(actor.id);
  const isRight = await deps.hasher.verify(input.current, user?.passwordHash ?? null);
  const isFit = isRight && input.next !== input.current;
  const passwordHash = isFit ? await deps.hasher.hash(input.next) : '';
  const intent = { needs: 'viewer', action: 'user.change_password', objectKind: 'user', objectId: actor.id } as const;
  await act(allowed, intent, async ({ tx, describe }) => {
    describe({ objectName: actor.username });
    if (!isRight) throw new FerryError('auth.wrong_password');
    if (!isFit) throw new FerryError('auth.weak_password');
    checkPassword(input.next, actor.username);
    await tx.users.update(actor.id, { passwordHash, mustChangePassword: false });
    await tx.sessions.deleteOfUser(actor.id, hashToken(deps.token));
  });
}
