import { Role } from '@cacheferry/contract';
import type { TokenRecord, Tokens } from '@cacheferry/domain';
import type { Token } from '../generated/prisma/client.ts';
import { contains, keyset } from '../keyset.ts';
import type { Db } from '../prisma-client.ts';
import { userRecord } from './users.ts';

/** Tokens of scripts, by their hash. */
export function createTokens(db: Db): Tokens {
  return {
    find: async (id) => {
      const row = await db.token.findUnique({ where: { id } });
      return row && tokenRecord(row);
    },
    findByHash: async (tokenHash) => {
      const row = await db.token.findUnique({ where: { tokenHash }, include: { user: true } });
      if (!row) return null;
      const { user, ...token } = row;
      return { token: tokenRecord(token), user: userRecord(user) };
    },
    insert: async (token) => {
      await db.token.create({ data: token });
    },
    touch: async (id, lastUsedAt) => {
      await db.token.updateMany({ where: { id }, data: { lastUsedAt } });
    },
    delete: async (id) => {
      await db.token.deleteMany({ where: { id } });
    },
    page: async (request) => {
      const matching = request.q ? { name: contains(request.q) } : {};
      const { where, orderBy, take } = keyset(request, ['lastUsedAt']);
      const rows = await db.token.findMany({ where: { AND: [matching, where] }, orderBy, take });
      return { rows: rows.map(tokenRecord), total: await db.token.count({ where: matching }) };
    },
  };
}

const tokenRecord = (token: Token): TokenRecord => ({ ...token, role: Role.parse(token.role) });
