import { randomBytes } from 'node:crypto';
import { type Connection, openConnection } from '@cacheferry/resp';
import type { Shard } from '@cacheferry/topology';
import { ClusterLink } from '../route/cluster-link.ts';
import { ClusterNodes } from '../route/cluster-nodes.ts';
import type { MigrationRun } from './open-run.ts';
import { nameAtTarget } from '../write/writers-in.ts';

/** On whose behalf a target is used, and which of its shards. */
export type TargetUser = { shard: string; lane: number };

/** Connects to the target on behalf of a source shard: to its server, or to all primaries of a cluster. */
export async function openTarget(
  run: MigrationRun,
  who: TargetUser,
  signal: AbortSignal,
): Promise<Connection | ClusterLink> {
  const { directory, shards } = run.target;
  const { shard, lane } = who;
  const name = nameAtTarget(run.record.task);
  if (directory) {
    const prefix = `${name}:${shard}:`;
    const options = { directory, name: `${prefix}${randomBytes(6).toString('hex')}`, signal };
    return new ClusterLink(await ClusterNodes.open(options), { endpoint: directory.name, prefix });
  }
  const server = shards[lane];
  if (!server) throw new Error('a target has that shard');
  return openShard(server, name, signal);
}

/** Connects under a name to the server of one shard, of either end, as long as the shard is there. */
export async function openShard(shard: Shard, name: string, signal: AbortSignal): Promise<Connection> {
  const address = await shard.locate(signal);
  const until = address.until ? AbortSignal.any([signal, address.until]) : signal;
  return openConnection({ ...address, db: 0, name, sharesReads: true, signal: until });
}
