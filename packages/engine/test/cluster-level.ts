import type { Snapshot } from '@cacheferry/contract';
import { type RedisCluster, waitFor } from '@cacheferry/testkit';
import { askEngine } from '../src/index.ts';

export const statusOf = async (dir: string) => (await askEngine(dir, { command: 'status' })) as Snapshot;

/** Waits until the target of an engine, or of all that share a source, contains what its primaries have written up to now. */
export async function levelWith(
  dirs: string | readonly string[],
  cluster: RedisCluster,
  deadlineMs = 30_000,
): Promise<void> {
  const primaries = await cluster.primaries();
  const infos = await Promise.all(primaries.map(({ server }) => server.info('replication')));
  const wanted = primaries.map(
    ({ server }, at) => [`127.0.0.1:${server.port}`, Number(infos[at]?.master_repl_offset)] as const,
  );
  await waitFor(
    async () => {
      const shards = (await Promise.all([dirs].flat().map(statusOf))).flatMap((snapshot) => snapshot.shards);
      return wanted.every(([source, offset]) =>
        shards.some((shard) => shard.source === source && shard.lagBytes === 0 && (shard.sourceOffset ?? 0) >= offset),
      );
    },
    { deadlineMs, everyMs: 100, what: 'the target to catch up' },
  );
}
