import type { Endpoint } from '@cacheferry/contract';
import type { Topology } from './topology.ts';

/** The topology of one server: one shard that is always at the same address. */
export function standaloneTopology(endpoint: Endpoint & { kind: 'standalone' }): Topology {
  const { host, port, tls, user, password, db } = endpoint;
  const address = { host, port, tls, user, password, db };
  const shard = { id: '0', locate: () => Promise.resolve(address) };
  return { kind: 'standalone', shards: [shard], close: () => Promise.resolve() };
}
