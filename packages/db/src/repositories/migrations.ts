import { type MigrationMode, MigrationOptions, type MigrationState } from '@cacheferry/contract';
import type { MigrationRecord, MigrationSearch, Migrations } from '@cacheferry/domain';
import type { Migration, Prisma } from '../generated/prisma/client.ts';
import { fromJson, withJson } from '../json.ts';
import { contains, keyset } from '../keyset.ts';
import type { Db } from '../prisma-client.ts';
import type { Sealer } from '../seal.ts';
import { deleteMigration } from './delete-migration.ts';
import { endColumns, endsOf, openBoth, sealBoth } from './sealed-secrets.ts';

const table = 'migrations';
const jsonColumns = ['options', 'override', 'snapshot', 'problem'];

/** Migrations. `lock` makes everything that happens to one of them wait in line. */
export function createMigrations(db: Db, sealer: Sealer): Migrations {
  const find = async (id: string) => {
    const row = await db.migration.findUnique({ where: { id } });
    return row && migrationRecord(row);
  };
  return {
    find,
    lock: async (id) => {
      await db.$queryRaw`select 1 from migrations where id = ${id}::uuid for update`;
      return find(id);
    },
    secrets: async (id) => openBoth(sealer, await db.migration.findUnique({ where: { id } }), table, id),
    insert: async (migration, secrets) => {
      const { source, target, ...fields } = migration;
      const ends = { ...endColumns({ source, target }), ...sealBoth(sealer, secrets, table, migration.id) };
      const data = { ...withJson(fields, jsonColumns), ...ends };
      await db.migration.create({ data: data as Prisma.MigrationCreateInput });
    },
    update: async (id, change) => {
      await db.migration.updateMany({ where: { id }, data: withJson(change, jsonColumns) });
    },
    delete: (id) => deleteMigration(db, id),
    page: async (request, search) => {
      const matching = whereOf(search, request.q);
      const { where, orderBy, take } = keyset(request, ['startedAt', 'endedAt']);
      const rows = await db.migration.findMany({ where: { AND: [matching, where] }, orderBy, take });
      return { rows: rows.map(migrationRecord), total: await db.migration.count({ where: matching }) };
    },
    liveOnMachine: async (machineId) => {
      const rows = await db.$queryRaw<{ name: string }[]>`
        select distinct m.name from runs r join migrations m on m.id = r.migration_id
        where r.machine_id = ${machineId}::uuid and r.phase <> 'ended'
        union all
        select 'a preflight' from preflights p where p.machine_id = ${machineId}::uuid and p.finished_at is null
        order by 1`;
      return rows.map(({ name }) => name);
    },
  };
}

function whereOf({ states, machineId }: MigrationSearch, q: string | null): Prisma.MigrationWhereInput {
  const texts = ['name', 'sourceUrl', 'targetUrl', 'sourceEndpointName', 'targetEndpointName', 'ownerName'] as const;
  return {
    AND: [
      states === null ? {} : { state: { in: [...states] } },
      machineId === null ? {} : { machineIds: { has: machineId } },
      q === null ? {} : { OR: texts.map((name) => ({ [name]: contains(q) })) },
    ],
  };
}

function migrationRecord(row: Migration): MigrationRecord {
  return {
    id: row.id,
    name: row.name,
    state: fromJson<MigrationState>(row.state),
    mode: fromJson<MigrationMode>(row.mode),
    ...endsOf(row),
    machineIds: row.machineIds,
    // An option that is younger than the row has its default.
    options: MigrationOptions.parse(row.options),
    preflightId: row.preflightId,
    override: fromJson<MigrationRecord['override']>(row.override),
    snapshot: fromJson<MigrationRecord['snapshot']>(row.snapshot),
    snapshotAt: row.snapshotAt,
    problem: fromJson<MigrationRecord['problem']>(row.problem),
    restarts: row.restarts,
    lostFrom: fromJson<MigrationState | null>(row.lostFrom),
    lastEventId: Number(row.lastEventId),
    ownerId: row.ownerId,
    ownerName: row.ownerName,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    updatedAt: row.updatedAt,
  };
}
