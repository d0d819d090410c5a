import { CheckOptions, type CheckState } from '@cacheferry/contract';
import type { CheckRecord, CheckSearch, Checks } from '@cacheferry/domain';
import type { Check, Prisma } from '../generated/prisma/client.ts';
import { fromJson, withJson } from '../json.ts';
import { contains, keyset } from '../keyset.ts';
import type { Db } from '../prisma-client.ts';

const jsonColumns = ['options', 'snapshot', 'result', 'conflicts', 'problem'];
const include = { migration: { select: { name: true } } };
type Row = Check & { migration: { name: string } };

/** Full checks, each with the name of its migration. */
export function createChecks(db: Db): Checks {
  const find = async (id: string) => {
    const row = await db.check.findUnique({ where: { id }, include });
    return row && checkRecord(row);
  };
  return {
    find,
    lock: async (id) => {
      await db.$queryRaw`select 1 from checks where id = ${id}::uuid for update`;
      return find(id);
    },
    insert: async ({ migrationName: _, ...check }) => {
      await db.check.create({ data: withJson(check, jsonColumns) as Prisma.CheckUncheckedCreateInput });
    },
    update: async (id, change) => {
      await db.check.updateMany({ where: { id }, data: withJson(change, jsonColumns) });
    },
    page: async (request, search) => {
      const matching = whereOf(search, request.q);
      const { where, orderBy, take } = keyset(request, ['startedAt', 'finishedAt']);
      const rows = await db.check.findMany({ where: { AND: [matching, where] }, orderBy, take, include });
      return { rows: rows.map(checkRecord), total: await db.check.count({ where: matching }) };
    },
    latestOf: async (migrationIds) => {
      if (migrationIds.length === 0) return new Map();
      const rows = await db.check.findMany({
        where: { migrationId: { in: [...migrationIds] } },
        distinct: ['migrationId'],
        orderBy: [{ migrationId: 'asc' }, { createdAt: 'desc' }, { id: 'desc' }],
        include,
      });
      return new Map(rows.map((row) => [row.migrationId, checkRecord(row)]));
    },
    ofMigration: async (migrationId) => {
      const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
      return (await db.check.findMany({ where: { migrationId }, orderBy, include })).map(checkRecord);
    },
  };
}

function whereOf({ migrationId, states }: CheckSearch, q: string | null): Prisma.CheckWhereInput {
  return {
    AND: [
      migrationId === null ? {} : { migrationId },
      states === null ? {} : { state: { in: [...states] } },
      q === null ? {} : { migration: { name: contains(q) } },
    ],
  };
}

function checkRecord({ migration, ...row }: Row): CheckRecord {
  return {
    ...row,
    migrationName: migration.name,
    state: fromJson<CheckState>(row.state),
    options: CheckOptions.parse(row.options),
    snapshot: fromJson<CheckRecord['snapshot']>(row.snapshot),
    result: fromJson<CheckRecord['result']>(row.result),
    conflicts: fromJson<CheckRecord['conflicts']>(row.conflicts),
    problem: fromJson<CheckRecord['problem']>(row.problem),
    lastEventId: Number(row.lastEventId),
  };
}
