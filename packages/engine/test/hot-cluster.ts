import { compareDumps, createRandom, dumpAll, type RedisCluster, type RedisServer, waitFor } from '@cacheferry/testkit';
import { expect } from 'vitest';
import type { Migration } from './migration.ts';

/** Counters, lists and keys that come and go, each of a few slots: every lost, doubled or misplaced command shows. */
export class HotKeys {
  readonly #cluster: RedisCluster;
  readonly #random = createRandom(7);
  #running: Promise<void> | null = null;
  #isStopped = false;
  sent = 0;

  constructor(cluster: RedisCluster) {
    this.#cluster = cluster;
  }

  start(): this {
    this.#running = Promise.all([this.#run(), this.#run(), this.#run()]).then(() => {});
    return this;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { client } = this.#cluster;
    while (!this.#isStopped && client.status !== 'end') {
      const key = `{${this.#random.below(40)}}:${this.#random.below(5)}`;
      const pick = this.#random.below(10);
      this.sent++;
      const work =
        pick < 4
          ? client.incr(`n${key}`)
          : pick < 8
            ? client.rpush(`l${key}`, String(this.sent))
            : pick < 9
              ? client.del(`l${key}`)
              : client.set(`s${key}`, String(this.sent));
      // While a primary is gone its keys cannot be written, and without a pause nothing else would ever get its turn.
      await work.catch(() => new Promise((resolve) => setTimeout(resolve, 5)));
    }
  }
}

/** Until the target contains what every primary has written up to now. */
export async function levelWith(run: Migration, cluster: RedisCluster): Promise<void> {
  const primaries = await cluster.primaries();
  const infos = await Promise.all(primaries.map(({ server }) => server.info('replication')));
  const wanted = new Map(
    primaries.map(({ server }, at) => [`127.0.0.1:${server.port}`, infos[at]?.master_repl_offset]),
  );
  const level = waitFor(
    async () => {
      const { shards } = await run.status();
      return [...wanted].every(([source, offset]) =>
        shards.some(
          (shard) => shard.source === source && shard.lagBytes === 0 && (shard.sourceOffset ?? 0) >= Number(offset),
        ),
      );
    },
    { deadlineMs: 20_000, what: 'the target to catch up' },
  );
  // A run that ends says why at once.
  await Promise.race([level, run.end.then(() => level)]);
}

/** Fails with the first differences, bookkeeping of migrations left out. */
export async function expectSame(cluster: RedisCluster, target: RedisCluster | RedisServer): Promise<void> {
  const look = async () => {
    const [a, b] = await Promise.all([dumpAll(cluster.client), dumpAll(target.client)]);
    return compareDumps(a, b, { ignore: (key) => key.startsWith('0 cf:') });
  };
  await waitFor(async () => (await look()).length === 0, { deadlineMs: 10_000, everyMs: 300 }).catch(() => {});
  expect((await look()).slice(0, 10)).toEqual([]);
}

export async function seed(cluster: RedisCluster, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await cluster.client.set(`k:${n}`, `v${n}`);
  for (let n = 0; n < 40; n++) await cluster.client.rpush(`l{${n}}:0`, 'first');
}
