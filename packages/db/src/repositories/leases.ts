import type { Leases } from '@cacheferry/domain';
import type { Db } from '../prisma-client.ts';

/** Leases. All times are the database's, so that the clocks of workers need not agree. */
export function createLeases(db: Db): Leases {
  return {
    claim: async (kind, id, owner, leaseMs) => {
      const rows = await db.$queryRaw<{ epoch: number }[]>`
        insert into leases (kind, id, owner, epoch, until)
        values (${kind}, ${id}::uuid, ${owner}, 1, clock_timestamp() + ${leaseMs} * interval '1 ms')
        on conflict (kind, id) do update
          set owner = excluded.owner, epoch = leases.epoch + 1, until = excluded.until
          where leases.owner = excluded.owner or leases.until <= clock_timestamp()
        returning epoch`;
      const epoch = rows[0]?.epoch;
      return epoch === undefined ? null : { id, owner, epoch };
    },
    renew: async (kind, { id, owner, epoch }, leaseMs) => {
      const changed = await db.$executeRaw`
        update leases set until = clock_timestamp() + ${leaseMs} * interval '1 ms'
        where kind = ${kind} and id = ${id}::uuid and owner = ${owner} and epoch = ${epoch}`;
      return changed === 1;
    },
    hold: async (kind, { id, owner, epoch }) => {
      const rows = await db.$queryRaw<unknown[]>`
        select 1 from leases
        where kind = ${kind} and id = ${id}::uuid and owner = ${owner} and epoch = ${epoch} for share`;
      return rows.length === 1;
    },
    release: async (kind, { id, owner, epoch }) => {
      await db.$executeRaw`
        update leases set until = clock_timestamp()
        where kind = ${kind} and id = ${id}::uuid and owner = ${owner} and epoch = ${epoch}`;
    },
  };
}
