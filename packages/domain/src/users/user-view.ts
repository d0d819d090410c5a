import type { User } from '@cacheferry/contract';
import type { UserRecord } from '../store/people.ts';

/** A user as the API shows one. */
export function userView({ id, username, role, isDisabled, createdAt, lastSignInAt }: UserRecord): User {
  return {
    id,
    username,
    role,
    isDisabled,
    createdAt: createdAt.toISOString(),
    lastSignInAt: lastSignInAt?.toISOString() ?? null,
  };
}
