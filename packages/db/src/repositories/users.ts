import { Role } from '@cacheferry/contract';
import type { UserRecord, Users } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { isDuplicate } from '../classify-error.ts';
import type { User } from '../generated/prisma/client.ts';
import { contains, keyset } from '../keyset.ts';
import type { Db } from '../prisma-client.ts';

/** A user's row as the domain knows it. */
export function userRecord({ usernameKey: _, role, ...user }: User): UserRecord {
  return { ...user, role: Role.parse(role) };
}

/** Users; names differ in more than their case. */
export function createUsers(db: Db): Users {
  return {
    find: async (id) => record(await db.user.findUnique({ where: { id } })),
    findByName: async (name) => record(await db.user.findUnique({ where: { usernameKey: name.toLowerCase() } })),
    count: () => db.user.count(),
    insert: async (user) => {
      try {
        await db.user.create({ data: { ...user, usernameKey: user.username.toLowerCase() } });
      } catch (error) {
        if (isDuplicate(error)) throw new FerryError('request.duplicate_name', { name: user.username }, error);
        throw error;
      }
    },
    update: async (id, change) => {
      const changed = await db.user.updateManyAndReturn({ where: { id }, data: change });
      return record(changed[0] ?? null);
    },
    delete: async (id) => {
      await db.user.deleteMany({ where: { id } });
    },
    lockAdmins: async () => {
      const rows = await db.$queryRaw<{ id: string }[]>`
        select id from users where role = 'admin' and not is_disabled order by id for update`;
      return rows.map(({ id }) => id);
    },
    page: async (request) => {
      const matching = request.q ? { username: contains(request.q) } : {};
      const { where, orderBy, take } = keyset(request, ['lastSignInAt']);
      const rows = await db.user.findMany({ where: { AND: [matching, where] }, orderBy, take });
      return { rows: rows.map(userRecord), total: await db.user.count({ where: matching }) };
    },
  };
}

const record = (user: User | null): UserRecord | null => user && userRecord(user);
