import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { standaloneTopology } from './standalone.ts';
import type { Topology } from './topology.ts';

/** Finds the shards behind an endpoint. Throws `endpoint.unsupported` for a kind that has no servers to ask. */
export function openTopology(endpoint: Endpoint, role: 'source' | 'target'): Promise<Topology> {
  if (endpoint.kind === 'standalone') return Promise.resolve(standaloneTopology(endpoint));
  return Promise.reject(new FerryError('endpoint.unsupported', { kind: endpoint.kind, role }));
}
