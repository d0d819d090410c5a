import { type Endpoint, isSocketPath } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Shard } from '@cacheferry/topology';

type Side = { endpoint: Endpoint; shards: readonly Shard[] };

/**
 * A socket is another server on each machine: engines on several of them would not write to the same one.
 *
 * Throws `endpoint.socket_machines`.
 */
export async function refuseSockets(machines: number, sides: readonly Side[], signal: AbortSignal): Promise<void> {
  if (machines < 2) return;
  const named = sides.filter(({ endpoint: { kind } }) => kind === 'standalone' || kind === 'twemproxy');
  for (const shard of named.flatMap(({ shards }) => shards)) {
    const { host: path } = await shard.locate(signal);
    if (isSocketPath(path)) throw new FerryError('endpoint.socket_machines', { path, machines });
  }
}
