import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { resolveEndpoint } from './cachecloud/resolve-endpoint.ts';
import { sentinelTopology } from './sentinel/sentinel-topology.ts';
import { clusterSource, type ShardMemory } from './cluster/cluster-source.ts';
import { clusterTopology } from './cluster/cluster-topology.ts';
import { standaloneTopology } from './standalone.ts';
import type { Topology } from './topology.ts';
import { poolTopology } from './twemproxy/pool-topology.ts';

/** Finds the shards behind an endpoint. Throws `endpoint.unsupported` for a kind that has no servers to ask. */
export function openTopology(endpoint: Endpoint, role: 'source' | 'target', memory?: ShardMemory): Promise<Topology> {
  if (endpoint.kind === 'standalone') return Promise.resolve(standaloneTopology(endpoint));
  if (endpoint.kind === 'sentinel') return Promise.resolve(sentinelTopology(endpoint, role));
  if (endpoint.kind === 'cluster')
    return role === 'target' ? clusterTopology(endpoint) : clusterSource(endpoint, memory);
  if (endpoint.kind === 'twemproxy') return poolTopology(endpoint, role);
  if (endpoint.kind === 'cachecloud')
    return resolveEndpoint(endpoint).then((found) => openTopology(found, role, memory));
  return Promise.reject(new FerryError('endpoint.unsupported', { kind: endpoint.kind, role }));
}
