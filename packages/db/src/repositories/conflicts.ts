import { Buffer } from 'node:buffer';
import type { StoredConflict } from '@cacheferry/contract';
import type { Conflicts, ConflictSearch } from '@cacheferry/domain';
import { type Conflict, Prisma } from '../generated/prisma/client.ts';
import { fromJson } from '../json.ts';
import type { Db } from '../prisma-client.ts';

type Row = Omit<Conflict, 'keyHash' | 'firstRound' | 'checkId'>;
const columns = Prisma.sql`id, round, db, key, type, class, body`;

/** Conflicts of full checks: one row per key, database and class. */
export function createConflicts(db: Db): Conflicts {
  const after = async (checkId: string, afterId: string | null, limit: number, search: ConflictSearch) => {
    const parts = [matching(checkId, search)];
    if (afterId !== null) parts.push(Prisma.sql`id > ${BigInt(afterId)}`);
    const rows = await db.$queryRaw<Row[]>`
      select ${columns} from conflicts where ${Prisma.join(parts, ' and ')} order by id limit ${limit}`;
    return rows.map(storedConflict);
  };
  return {
    put: async (checkId, conflicts) => {
      const rows = conflicts.map((conflict, n) => ({ ...conflict, n }));
      await db.$executeRaw`
        insert into conflicts (check_id, round, first_round, db, key, key_hash, type, class, body)
        select ${checkId}::uuid, round, round, db, decode(key, 'base64'), sha256(decode(key, 'base64')), type, class, body
        from (
          select distinct on (r.db, r.class, r.key) r.*
          from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(
            n int, round int, db int, key text, type text, class text, body jsonb)
          order by r.db, r.class, r.key, r.n desc
        ) as newest order by n
        on conflict (check_id, key_hash, db, class) do update
          set round = excluded.round, type = excluded.type, body = excluded.body`;
    },
    page: async (checkId, request, search) => {
      const { sort, limit, after: last } = request;
      const parts = [matching(checkId, search)];
      const order = sort.isDescending ? Prisma.sql`desc` : Prisma.sql`asc`;
      if (last)
        parts.push(sort.isDescending ? Prisma.sql`id < ${BigInt(last.id)}` : Prisma.sql`id > ${BigInt(last.id)}`);
      const rows = await db.$queryRaw<Row[]>`
        select ${columns} from conflicts where ${Prisma.join(parts, ' and ')} order by id ${order} limit ${limit + 1}`;
      const counts = await db.$queryRaw<{ total: number }[]>`
        select count(*)::int as total from conflicts where ${matching(checkId, search)}`;
      return { rows: rows.map(storedConflict), total: counts[0]?.total ?? 0 };
    },
    after,
  };
}

function matching(checkId: string, { class: kind, db, type, key, sinceRound }: ConflictSearch): Prisma.Sql {
  const parts = [Prisma.sql`check_id = ${checkId}::uuid`, Prisma.sql`round >= ${sinceRound}`];
  if (kind !== null) parts.push(Prisma.sql`class = ${kind}`);
  if (db !== null) parts.push(Prisma.sql`db = ${db}`);
  if (type !== null) parts.push(Prisma.sql`type = ${type}`);
  if (key !== null) parts.push(Prisma.sql`position(${Buffer.from(key)}::bytea in key) > 0`);
  return Prisma.join(parts, ' and ');
}

function storedConflict({ id, round, db, key, type, class: kind, body }: Row): StoredConflict {
  const { detail, source, target } = fromJson<Pick<StoredConflict, 'detail' | 'source' | 'target'>>(body);
  const where = { id: String(id), round, db, key: Buffer.from(key).toString('base64'), type };
  return { ...where, class: fromJson<StoredConflict['class']>(kind), detail, source, target };
}
