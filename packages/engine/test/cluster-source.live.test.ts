import {
  createRandom,
  compareDumps,
  dumpAll,
  type RedisCluster,
  type RedisServer,
  seedMixed,
  startCluster,
  startRedis,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

/** Counters, lists and keys that come and go, each of a few slots: every lost, doubled or misplaced command shows. */
class HotKeys {
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
    while (!this.#isStopped) {
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
      // While a primary is gone its keys cannot be written.
      await work.catch(() => null);
    }
  }
}

async function levelWith(run: Migration, cluster: RedisCluster): Promise<void> {
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

async function expectSame(cluster: RedisCluster, target: RedisServer): Promise<void> {
  const look = async () => {
    const [a, b] = await Promise.all([dumpAll(cluster.client), dumpAll(target.client)]);
    return compareDumps(a, b, { ignore: (key) => key.startsWith('0 cf:') });
  };
  await waitFor(async () => (await look()).length === 0, { deadlineMs: 10_000, everyMs: 300 }).catch(() => {});
  expect((await look()).slice(0, 10)).toEqual([]);
}

async function seed(cluster: RedisCluster, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await cluster.client.set(`k:${n}`, `v${n}`);
  for (let n = 0; n < 40; n++) await cluster.client.rpush(`l{${n}}:0`, 'first');
}

describe('a clustered source', () => {
  test('is copied whole in mode full, found through any one node', async () => {
    const [cluster, target, kinds] = await Promise.all([startCluster(), startRedis(), startRedis()]);
    await seedMixed(kinds.client, { keys: 300 });
    for (const key of await kinds.client.keysBuffer('*')) {
      const expiry = Math.max(0, await kinds.client.pexpiretime(key));
      await cluster.client.restore(key, expiry, await kinds.client.dumpBuffer(key), 'ABSTTL');
    }
    const url = `redis+cluster://127.0.0.1:${cluster.node(1).server.port}`;
    const run = new Migration({ source: { url }, target }, { mode: 'full' });
    expect((await run.end).outcome).toBe('completed');
    expect((await run.end).snapshot.shards).toHaveLength(3);
    await expectSame(cluster, target);
    expect(await target.client.keys('cf:*')).toEqual([]);
  });

  test('is followed, over failovers too, and goes on after a stop', async () => {
    const [cluster, target] = await Promise.all([startCluster({ replicas: 1 }), startRedis()]);
    await seed(cluster, 500);
    const run = new Migration({ source: cluster, target });
    await levelWith(run, cluster);
    const hot = new HotKeys(cluster).start();
    await cluster.failover(3);
    await cluster.failover(4, 'kill');
    const { sent } = hot;
    await waitFor(() => hot.sent > sent + 2_000, { deadlineMs: 30_000 });
    await run.stop();
    const resumed = new Migration({ source: cluster, target }, {}, run.dir);
    await waitFor(() => hot.sent > sent + 3_000, { deadlineMs: 30_000 });
    await hot.stop();
    await levelWith(resumed, cluster);
    await expectSame(cluster, target);
    await resumed.stop();
  });

  test('that is flushed on one primary keeps the keys of the others', async () => {
    const [cluster, target] = await Promise.all([startCluster(), startRedis()]);
    await seed(cluster, 300);
    const run = new Migration({ source: cluster, target });
    await levelWith(run, cluster);
    await cluster.node(1).server.client.flushall();
    await cluster.client.set('after', '1');
    await levelWith(run, cluster);
    await expectSame(cluster, target);
    expect(await target.client.dbsize()).toBeGreaterThan(200);
    await run.stop();
  });
});
