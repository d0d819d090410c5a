export { openTopology } from './open-topology.ts';
export { standaloneTopology } from './standalone.ts';
export type { ServerAddress, Shard, Topology } from './topology.ts';
