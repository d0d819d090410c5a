import type { Audit, AuditRecord, AuditSearch } from '@cacheferry/domain';
import type { AuditRow, Prisma } from '../generated/prisma/client.ts';
import { fromJson, toFullJson } from '../json.ts';
import { contains, keyset } from '../keyset.ts';
import type { Db } from '../prisma-client.ts';

/** Any fixed number: entries are chained one after the other, whichever process writes them. */
const chainLock = 7_223_102;

/** The audit: a table that only grows. */
export function createAudit(db: Db): Audit {
  return {
    lockEnd: async () => {
      await db.$queryRaw`select pg_advisory_xact_lock(${chainLock}::bigint)::text`;
      const last = await db.auditRow.findFirst({ orderBy: { position: 'desc' }, select: { hash: true } });
      return last?.hash ?? '';
    },
    append: async (entry, hash) => {
      await db.auditRow.create({ data: { ...entry, detail: toFullJson(entry.detail), hash } });
    },
    page: async (request, search) => {
      const matching = whereOf(search, request.q);
      const { where, orderBy, take } = keyset(request);
      const rows = await db.auditRow.findMany({ where: { AND: [matching, where] }, orderBy, take });
      // `at` is sorted by as a time and shown as a text.
      return { rows: rows.map(auditRecord), total: await db.auditRow.count({ where: matching }) };
    },
    after: async (position, limit) => {
      const where = position === null ? {} : { position: { gt: BigInt(position) } };
      const rows = await db.auditRow.findMany({ where, orderBy: { position: 'asc' }, take: limit });
      return rows.map((row) => ({ position: String(row.position), hash: row.hash, entry: auditRecord(row) }));
    },
  };
}

function whereOf({ user, action, objectId, from, to }: AuditSearch, q: string | null): Prisma.AuditRowWhereInput {
  const texts = ['actor', 'action', 'objectName', 'objectId', 'address'] as const;
  const parts: Prisma.AuditRowWhereInput[] = [
    user === null ? {} : { actor: contains(user) },
    action === null ? {} : { action: { startsWith: action } },
    objectId === null ? {} : { objectId },
    from === null ? {} : { at: { gte: from } },
    to === null ? {} : { at: { lt: to } },
    q === null ? {} : { OR: texts.map((name) => ({ [name]: contains(q) })) },
  ];
  return { AND: parts };
}

function auditRecord({ position: _position, hash: _hash, at, detail, ...row }: AuditRow): AuditRecord {
  return { ...row, at: at.toISOString(), detail: fromJson(detail) };
}
