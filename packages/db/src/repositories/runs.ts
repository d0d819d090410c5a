import type { RunChange, Runs, StoredRun } from '@cacheferry/domain';
import { Prisma, type Run } from '../generated/prisma/client.ts';
import { fromJson, withJson } from '../json.ts';
import type { Db } from '../prisma-client.ts';

const jsonColumns = ['result', 'snapshot', 'lastError', 'deaths'];
const newest = { orderBy: [{ createdAt: 'desc' as const }, { id: 'desc' as const }] };

/** Launched, or about to be: its place on the machine is taken. `o` is the run, `ol` its lease. */
const isBusy = Prisma.sql`(o.phase = 'launched' or (o.phase = 'queued' and ol.until > now()))`;

/** Runs. A unique index lets no migration or check have two on one machine that are not ended. */
export function createRuns(db: Db): Runs {
  const first = (row: Run | null) => row && runRecord(row);
  return {
    find: async (id) => first(await db.run.findUnique({ where: { id } })),
    lock: async (id) => {
      await db.$queryRaw`select 1 from runs where id = ${id}::uuid for update`;
      return first(await db.run.findUnique({ where: { id } }));
    },
    liveOf: async (subjectId) => first(await db.run.findFirst({ where: { subjectId, phase: { not: 'ended' } } })),
    newestOf: async (subjectIds) => {
      if (subjectIds.length === 0) return [];
      const where = { subjectId: { in: [...subjectIds] } };
      return (await db.run.findMany({ where, ...newest, distinct: ['subjectId', 'machineId'] })).map(runRecord);
    },
    latestOf: async (subjectId, machineId) =>
      first(await db.run.findFirst({ where: { subjectId, machineId }, ...newest })),
    ofSubject: async (subjectId) => (await db.run.findMany({ where: { subjectId }, ...newest })).map(runRecord),
    insert: async (run) => {
      await db.run.create({ data: withJson(run, jsonColumns) as Prisma.RunCreateInput });
    },
    update: async (id, change: RunChange) => {
      await db.run.updateMany({ where: { id }, data: withJson(change, jsonColumns) });
    },
    findUnattended: async (limit) => {
      const rows = await db.$queryRaw<{ id: string }[]>`
        select r.id from runs r
        left join leases l on l.kind = 'run' and l.id = r.id
        left join machines m on m.id = r.machine_id
        where r.phase <> 'ended' and (l.id is null or l.until <= now())
          and (r.phase <> 'queued' or m.id is null or (not m.is_draining and m.slots > (
            select count(*) from runs o left join leases ol on ol.kind = 'run' and ol.id = o.id
            where o.machine_id = r.machine_id and o.id <> r.id and ${isBusy})))
        order by r.wanted = 'stopped' desc, r.created_at limit ${limit}`;
      return rows.map(({ id }) => id);
    },
    countBusy: async (machineId, except) => {
      const rows = await db.$queryRaw<{ busy: number }[]>`
        select count(*)::int as busy from runs o left join leases ol on ol.kind = 'run' and ol.id = o.id
        where o.machine_id = ${machineId}::uuid and o.id <> ${except}::uuid and ${isBusy}`;
      return rows[0]?.busy ?? 0;
    },
  };
}

function runRecord(row: Run): StoredRun {
  return {
    ...row,
    kind: row.kind === 'check' ? 'check' : 'migrate',
    wanted: row.wanted === 'stopped' ? 'stopped' : 'running',
    phase: fromJson<StoredRun['phase']>(row.phase),
    lastSeq: Number(row.lastSeq),
    reported: fromJson<StoredRun['reported']>(row.reported),
    outcome: fromJson<StoredRun['outcome']>(row.outcome),
    result: fromJson<StoredRun['result']>(row.result),
    snapshot: fromJson<StoredRun['snapshot']>(row.snapshot),
    lastError: fromJson<StoredRun['lastError']>(row.lastError),
    deaths: fromJson<number[]>(row.deaths),
  };
}
