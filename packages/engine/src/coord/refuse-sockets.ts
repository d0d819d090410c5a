import { isSocketPath, type Job } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Topology } from '@cacheferry/topology';
import type { JobEnds } from '../plan/refuse-job.ts';
import type { Source } from './open-source.ts';

type Opened = { ends: JobEnds; source: Source; target: Topology };

/**
 * A socket is another server on each machine: engines on several of them would not write to the same one.
 *
 * Throws `endpoint.socket_machines`.
 */
export async function refuseSockets(
  { share }: Job,
  { ends, source, target }: Opened,
  signal: AbortSignal,
): Promise<void> {
  if (!share || share.of < 2) return;
  const sides = [
    [ends.source, source.servers()],
    [ends.target, target.shards],
  ] as const;
  const named = sides.filter(([{ kind }]) => kind === 'standalone' || kind === 'twemproxy');
  for (const shard of named.flatMap(([, shards]) => shards)) {
    const { host: path } = await shard.locate(signal);
    if (isSocketPath(path)) throw new FerryError('endpoint.socket_machines', { path, machines: share.of });
  }
}
