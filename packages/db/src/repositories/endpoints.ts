import type { EndpointRecord, Endpoints } from '@cacheferry/domain';
import type { Endpoint } from '../generated/prisma/client.ts';
import { contains, keyset } from '../keyset.ts';
import type { Db } from '../prisma-client.ts';
import type { Sealer } from '../seal.ts';
import { named } from './machines.ts';
import { openSecrets, sealSecrets } from './sealed-secrets.ts';

const place = (id: string) => ({ table: 'endpoints', column: 'sealed_secrets', id });

/** Saved endpoints: the bare address, and its secrets sealed beside it. */
export function createEndpoints(db: Db, sealer: Sealer): Endpoints {
  const find = async (id: string) => {
    const row = await db.endpoint.findUnique({ where: { id } });
    return row && endpointRecord(row);
  };
  return {
    find,
    lock: async (id) => {
      await db.$queryRaw`select 1 from endpoints where id = ${id}::uuid for update`;
      return find(id);
    },
    secrets: async (id) => {
      const row = await db.endpoint.findUnique({ where: { id }, select: { sealedSecrets: true } });
      return openSecrets(sealer, row?.sealedSecrets ?? null, place(id));
    },
    insert: (endpoint, secrets) =>
      named(endpoint.name, async () => {
        const sealedSecrets = sealSecrets(sealer, secrets, place(endpoint.id));
        await db.endpoint.create({ data: { ...endpoint, sealedSecrets } });
      }),
    update: (id, change, secrets) =>
      named(change.name ?? '', async () => {
        const sealed = secrets === undefined ? {} : { sealedSecrets: sealSecrets(sealer, secrets, place(id)) };
        return endpointRecord(await db.endpoint.update({ where: { id }, data: { ...change, ...sealed } }));
      }),
    delete: async (id) => {
      await db.endpoint.deleteMany({ where: { id } });
    },
    page: async (request) => {
      const { q } = request;
      const matching = q ? { OR: [{ name: contains(q) }, { url: contains(q) }] } : {};
      const { where, orderBy, take } = keyset(request);
      const rows = await db.endpoint.findMany({ where: { AND: [matching, where] }, orderBy, take });
      return { rows: rows.map(endpointRecord), total: await db.endpoint.count({ where: matching }) };
    },
    countUses: async (ids) => {
      if (ids.length === 0) return new Map();
      const rows = await db.$queryRaw<{ id: string; uses: number }[]>`
        select e.id, count(*)::int as uses from unnest(${[...ids]}::uuid[]) as e(id)
        join migrations m on m.source_endpoint_id = e.id or m.target_endpoint_id = e.id group by e.id`;
      return new Map(rows.map(({ id, uses }) => [id, uses]));
    },
  };
}

function endpointRecord({ sealedSecrets: _, ...endpoint }: Endpoint): EndpointRecord {
  return endpoint;
}
