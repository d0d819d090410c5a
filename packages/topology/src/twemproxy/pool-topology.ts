import type { Endpoint } from '@cacheferry/contract';
import { endpointName } from '@cacheferry/resp';
import type { Shard, Topology } from '../topology.ts';
import { loadPool } from './load-pool.ts';
import type { Pool } from '@cacheferry/importer';
import { placementOf } from './pool-placement.ts';

/**
 * The topology of a twemproxy pool: its servers side by side, and which of them has a key.
 *
 * Throws `twemproxy.*`; a pool that puts keys anywhere can be read, but not written.
 */
export async function poolTopology(
  endpoint: Endpoint & { kind: 'twemproxy' },
  role: 'source' | 'target',
): Promise<Topology> {
  const pool = await loadPool(endpoint);
  const shards: Shard[] = [];
  // One server may stand in a pool under several names.
  const byAddress = new Map<string, number>();
  const shardAt = pool.servers.map((server) => {
    const address = endpointName(server);
    const known = byAddress.get(address);
    if (known !== undefined) return known;
    byAddress.set(address, shards.length);
    shards.push(poolShard(pool, server));
    return shards.length - 1;
  });
  const place = pool.distribution === 'random' && role === 'source' ? null : placementOf(pool);
  return {
    kind: 'twemproxy',
    shards,
    ejectsHosts: pool.ejectsHosts,
    ...(place ? { placement: (bytes, start, end) => shardAt[place(bytes, start, end)] as number } : {}),
    close: () => Promise.resolve(),
  };
}

function poolShard({ password }: Pool, { name, host, port }: Pool['servers'][number]): Shard {
  const address = { host, port, tls: null, user: null, password, db: 0 };
  return { id: encodeURIComponent(name), locate: () => Promise.resolve(address) };
}
