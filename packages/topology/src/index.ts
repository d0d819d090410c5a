export { ClusterDirectory } from './cluster/cluster-directory.ts';
export { type ClusterMember, ClusterView } from './cluster/cluster-view.ts';
export { keySlot, slotCount, slotTag } from './cluster/key-slot.ts';
export type { ShardMembers, ShardMemory } from './cluster/cluster-source.ts';
export { readCluster } from './cluster/read-cluster.ts';
export { openTopology } from './open-topology.ts';
export { standaloneTopology } from './standalone.ts';
export type { ServerAddress, Shard, Topology } from './topology.ts';
