import type { User, UserInput } from '@cacheferry/contract';
import { act } from '../act.ts';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import type { PasswordHasher } from '../ports.ts';
import { checkPassword } from '../sessions/check-password.ts';
import type { UserRecord } from '../store/people.ts';
import { userView } from './user-view.ts';

/**
 * Makes a user, who must change this first password.
 *
 * Throws `auth.weak_password`, `request.duplicate_name`.
 */
export async function createUser(ctx: Context, input: UserInput, deps: { hasher: PasswordHasher }): Promise<User> {
  authorise(ctx, 'admin');
  checkPassword(input.password, input.username);
  const passwordHash = await deps.hasher.hash(input.password);
  const intent = { needs: 'admin', action: 'user.create', objectKind: 'user' } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const { username, role } = input;
    const user: UserRecord = {
      id: ctx.newId(),
      username,
      passwordHash,
      role,
      isDisabled: false,
      mustChangePassword: true,
      createdAt: new Date(ctx.clock.now()),
      lastSignInAt: null,
    };
    describe({ objectId: user.id, objectName: username, detail: { role } });
    await tx.users.insert(user);
    return userView(user);
  });
}
