import { randomBytes } from 'node:crypto';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import type { PasswordHasher } from '../ports.ts';

/**
 * Makes the user `admin` where there is no user at all, and answers null where there is one. `password` is answered
 * only when it was made up here: show it once; it must be changed at the first sign-in.
 */
export async function ensureFirstAdmin(
  ctx: Context,
  deps: { hasher: PasswordHasher; password: string | null },
): Promise<{ username: string; password: string | null } | null> {
  if ((await ctx.store.users.count()) > 0) return null;
  const password = deps.password ?? randomBytes(18).toString('base64url');
  const passwordHash = await deps.hasher.hash(password);
  const username = 'admin';
  const intent = { needs: 'system', action: 'user.create', objectKind: 'user' } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    await tx.audit.lockEnd();
    if ((await tx.users.count()) > 0) return null;
    const id = ctx.newId();
    await tx.users.insert({
      id,
      username,
      passwordHash,
      role: 'admin',
      isDisabled: false,
      mustChangePassword: deps.password === null,
      createdAt: new Date(ctx.clock.now()),
      lastSignInAt: null,
    });
    describe({ objectId: id, objectName: username, detail: { role: 'admin', isFirst: true } });
    return { username, password: deps.password === null ? password : null };
  });
}
