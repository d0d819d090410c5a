import type { Sessions, SignInTries } from '@cacheferry/domain';
import type { Db } from '../prisma-client.ts';
import { userRecord } from './users.ts';

/** Sessions, by the hash of their token. */
export function createSessions(db: Db): Sessions {
  return {
    find: async (tokenHash) => {
      const row = await db.session.findUnique({ where: { tokenHash }, include: { user: true } });
      if (!row) return null;
      const { user, ...session } = row;
      return { session, user: userRecord(user) };
    },
    insert: async (session) => {
      await db.session.create({ data: session });
    },
    touch: async (tokenHash, lastSeenAt) => {
      await db.session.updateMany({ where: { tokenHash }, data: { lastSeenAt } });
    },
    delete: async (tokenHash) => {
      await db.session.deleteMany({ where: { tokenHash } });
    },
    deleteOfUser: async (userId, except) => {
      await db.session.deleteMany({ where: { userId, ...(except ? { tokenHash: { not: except } } : {}) } });
    },
    deleteExpired: async (now) => {
      await db.session.deleteMany({ where: { expiresAt: { lte: now } } });
    },
  };
}

/** Tries to sign in, for the lock-out. */
export function createSignInTries(db: Db): SignInTries {
  return {
    lock: async (accountKey, address) => {
      await db.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`account ${accountKey}`}, 0))::text`;
      await db.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`address ${address}`}, 1))::text`;
    },
    ofAccount: async (accountKey, since) => times(await db.signInTry.findMany(newerThan({ accountKey }, since))),
    ofAddress: async (address, since) => times(await db.signInTry.findMany(newerThan({ address }, since))),
    insert: async (entry) => {
      await db.signInTry.create({ data: entry });
    },
    forget: async (id, accountKey) => {
      await db.signInTry.deleteMany({ where: { OR: [{ id }, { accountKey }] } });
    },
    deleteBefore: async (time) => {
      await db.signInTry.deleteMany({ where: { at: { lte: time } } });
    },
  };
}

const newerThan = (by: object, since: Date) => ({
  where: { ...by, at: { gt: since } },
  orderBy: { at: 'asc' as const },
  select: { at: true },
});
const times = (rows: { at: Date }[]): Date[] => rows.map(({ at }) => at);
