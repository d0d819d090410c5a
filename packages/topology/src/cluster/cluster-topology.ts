import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Shard, Topology } from '../topology.ts';
import { ClusterDirectory } from './cluster-directory.ts';

/**
 * The topology of a cluster that is written to: one shard for each primary, wherever it is now.
 *
 * Throws `cluster.*`.
 */
export async function clusterTopology(endpoint: Endpoint & { kind: 'cluster' }): Promise<Topology> {
  const directory = new ClusterDirectory(endpoint);
  const view = await directory.refresh();
  const shards = view.primaries.map(({ id }) => memberShard(directory, id));
  return { kind: 'cluster', shards, directory, close: () => Promise.resolve() };
}

function memberShard(directory: ClusterDirectory, id: string): Shard {
  return {
    id,
    locate: async (signal) => {
      const known = (await directory.view(signal)).member(id);
      const member = known ?? (await directory.refresh(signal)).member(id);
      if (!member) throw new FerryError('cluster.unreachable', { nodes: directory.name });
      return directory.addressOf(member);
    },
  };
}
