import { type MigrationMode, MigrationOptions } from '@cacheferry/contract';
import type { PreflightRecord, Preflights } from '@cacheferry/domain';
import type { Preflight, Prisma } from '../generated/prisma/client.ts';
import { fromJson, withJson } from '../json.ts';
import type { Db } from '../prisma-client.ts';
import type { Sealer } from '../seal.ts';
import { endColumns, endsOf, openBoth, sealBoth } from './sealed-secrets.ts';

const table = 'preflights';
const jsonColumns = ['options', 'rows', 'report', 'problem'];

/** Preflights, with the endpoints they were made for. */
export function createPreflights(db: Db, sealer: Sealer): Preflights {
  const find = async (id: string) => {
    const row = await db.preflight.findUnique({ where: { id } });
    return row && preflightRecord(row);
  };
  return {
    find,
    findFollowers: async (id) => {
      const rows = await db.preflight.findMany({ where: { leaderId: id }, orderBy: { id: 'asc' } });
      return rows.map(preflightRecord);
    },
    lock: async (id) => {
      await db.$queryRaw`select 1 from preflights where id = ${id}::uuid for update`;
      return find(id);
    },
    secrets: async (id) => openBoth(sealer, await db.preflight.findUnique({ where: { id } }), table, id),
    insert: async (preflight, secrets) => {
      const { source, target, ...fields } = preflight;
      const ends = { ...endColumns({ source, target }), ...sealBoth(sealer, secrets, table, preflight.id) };
      const data = { ...withJson(fields, jsonColumns), ...ends };
      await db.preflight.create({ data: data as Prisma.PreflightCreateInput });
    },
    update: async (id, change) => {
      await db.preflight.update({ where: { id }, data: withJson(change, jsonColumns) });
    },
    findUnattended: async (limit) => {
      const rows = await db.$queryRaw<{ id: string }[]>`
        select p.id from preflights p left join leases l on l.kind = 'preflight' and l.id = p.id
        where p.finished_at is null and (l.id is null or l.until <= now()) and not exists (
          select 1 from preflights e where p.leader_id in (e.id, e.leader_id) and e.id < p.id and e.finished_at is null)
        order by p.created_at limit ${limit}`;
      return rows.map(({ id }) => id);
    },
    deleteBefore: async (time) => {
      await db.$executeRaw`
        delete from preflights p where p.created_at < ${time} and p.finished_at is not null
        and not exists (select 1 from migrations m where m.preflight_id in (p.id, p.leader_id))`;
    },
  };
}

function preflightRecord(row: Preflight): PreflightRecord {
  return {
    id: row.id,
    state: fromJson<PreflightRecord['state']>(row.state),
    machineId: row.machineId,
    ...endsOf(row),
    mode: fromJson<MigrationMode>(row.mode),
    options: MigrationOptions.parse(row.options),
    rows: fromJson<PreflightRecord['rows']>(row.rows),
    report: fromJson<PreflightRecord['report']>(row.report),
    problem: fromJson<PreflightRecord['problem']>(row.problem),
    createdAt: row.createdAt,
    finishedAt: row.finishedAt,
    leaderId: row.leaderId,
  };
}
