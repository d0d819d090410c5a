import { FerryError } from '@cacheferry/kernel';
import type { UserRecord } from '../store/people.ts';

/** Throws `auth.last_admin` when nobody could administer without this user. `admins` are locked. */
export function keepAnAdmin(admins: readonly string[], user: UserRecord): void {
  if (admins.length === 1 && admins[0] === user.id)
    throw new FerryError('auth.last_admin', { username: user.username });
}
