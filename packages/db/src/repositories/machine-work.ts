import type { MachineTask } from '@cacheferry/domain';
import type { Db } from '../prisma-client.ts';

/** Runs and preflights at work on each of these machines. */
export async function countRunning(db: Db, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db.$queryRaw<{ id: string; running: number }[]>`
    select machine_id as id, sum(n)::int as running from (
      select machine_id, count(*) as n from runs where phase = 'launched' group by machine_id
      union all
      select machine_id, count(*) as n from preflights where state = 'running' group by machine_id
    ) as work where machine_id = any(${[...ids]}::uuid[]) group by machine_id`;
  return new Map(rows.map(({ id, running }) => [id, running]));
}

/** Installations and probes that are due, those that somebody asked for first. */
export async function findDueMachines(db: Db, limit: number): Promise<MachineTask[]> {
  return db.$queryRaw<MachineTask[]>`
    with busy as (select distinct machine_id from runs where phase <> 'ended'),
    due as (
      select id, 'install' as task, install_asked_at as asked from machines where install_asked_at is not null
      union all
      select m.id, 'probe', m.probe_asked_at from machines m left join busy b on b.machine_id = m.id
      where m.probe_asked_at is not null or m.probed_at is null
         or m.probed_at < now() - case when b.machine_id is null then interval '60 s' else interval '30 s' end
    )
    select due.id as "machineId", due.task from due
    left join leases l on l.kind = due.task and l.id = due.id
    where l.id is null or l.until <= now()
    order by due.asked nulls last, due.id limit ${limit}`;
}
