import type { MigrationOptions } from '@cacheferry/contract';
import type { End } from './end.ts';
import type { ServerNode } from './server-node.ts';
import { mib } from './units.ts';

/** Bytes per second that a full sync surely reaches: a slow link, so that what follows from it errs on the safe side. */
const slowBytesPerSecond = 50 * mib;

export type Volume = {
  /** Memory of the data alone. */
  dataBytes: number;
  /** Bytes per second that clients send; an upper bound of the replication stream. */
  writeBytesPerSecond: number;
  /** Longest time that a full sync is expected to take. */
  fullSyncSeconds: number;
};

/** How much one server of the source holds and writes. */
export async function volumeOf(node: ServerNode): Promise<Volume> {
  const info = await node.info();
  const dataBytes = info.number('used_memory_dataset') ?? info.number('used_memory') ?? 0;
  const writeBytesPerSecond = Math.round((info.number('instantaneous_input_kbps') ?? 0) * 1_024);
  const forkSeconds = (info.number('latest_fork_usec') ?? 0) / 1e6;
  const fullSyncSeconds = Math.ceil(dataBytes / slowBytesPerSecond + forkSeconds) + 5;
  return { dataBytes, writeBytesPerSecond, fullSyncSeconds };
}

/** The same over all servers of the source. */
export async function totalVolume(source: End): Promise<Volume> {
  const all = await Promise.all((await source.nodes()).map(volumeOf));
  return {
    dataBytes: all.reduce((sum, { dataBytes }) => sum + dataBytes, 0),
    writeBytesPerSecond: all.reduce((sum, volume) => sum + volume.writeBytesPerSecond, 0),
    fullSyncSeconds: Math.max(0, ...all.map((volume) => volume.fullSyncSeconds)),
  };
}

/** Connections that a run opens to one target node: a lane per source shard, the copy's lanes, and one to look around. */
export const plannedConnections = (options: MigrationOptions, shards: number): number =>
  shards * (options.connections + 1) + 1;
