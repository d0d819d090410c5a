import {
  compareDumps,
  createRandom,
  dumpAll,
  type RedisCluster,
  type RedisServer,
  spawnFerry,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { HotKeys, levelWith, seed } from './hot-cluster.ts';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

const options = { exclude: ['type:string'] };
const tags = [0, 1, 2, 3, 4, 5];

/** Makes keys strings, lists and hashes in turn until it is stopped. */
function flipping({ client }: RedisCluster): () => Promise<void> {
  const random = createRandom(9);
  let isOver = false;
  const flip = async (): Promise<unknown> => {
    const key = `f{${random.below(20)}}:${random.below(4)}`;
    const value = String(random.below(99));
    const pick = random.below(3);
    if (pick === 0) return client.set(key, 'text');
    const anew = client.multi().del(key);
    return (pick === 1 ? anew.rpush(key, value) : anew.hset(key, 'f', value)).exec();
  };
  const run = async () => {
    while (!isOver)
      await flip().catch((error: Error) => {
        // The client gives up on a slot that moves faster than it is told of.
        if (!error.message.startsWith('Too many Cluster redirections')) throw error;
      });
  };
  const ended = run();
  ended.catch(() => {});
  return async () => {
    isOver = true;
    await ended;
  };
}

async function start(startTarget: () => Promise<RedisServer | RedisCluster>) {
  const [cluster, target] = await Promise.all([startCluster(), startTarget()]);
  await seed(cluster, 300);
  const hot = new HotKeys(cluster).start();
  const stopFlips = flipping(cluster);
  const slots = await Promise.all(
    tags.map(async (tag) => Number(await cluster.client.cluster('KEYSLOT', String(tag)))),
  );
  const random = createRandom(4);
  const move = async (count: number) => {
    for (let n = 0; n < count; n++) await cluster.moveSlot(slots[n % slots.length] as number, random.below(3));
  };
  const stop = async () => {
    await hot.stop();
    await stopFlips();
  };
  return { cluster, target, move, stop };
}

/** Fails unless the target has all lists and hashes of the source, and no string. */
async function expectInScope(cluster: RedisCluster, target: RedisServer | RedisCluster): Promise<void> {
  const look = async () => {
    const [all, found] = await Promise.all([dumpAll(cluster.client), dumpAll(target.client)]);
    const wanted = new Map([...all].filter(([, { type }]) => type !== 'string'));
    expect([wanted.size > 0, wanted.size < all.size]).toEqual([true, true]);
    return compareDumps(wanted, found, { ignore: (key) => key.startsWith('0 cf:') });
  };
  await waitFor(async () => (await look()).length === 0, { deadlineMs: 10_000, everyMs: 300 }).catch(() => {});
  expect((await look()).slice(0, 10)).toEqual([]);
}

describe.each([
  ['one server', startRedis],
  ['a cluster', startCluster],
] as const)('a clustered source whose slots move, under a rule by type, into %s', (_, startTarget) => {
  test('is on the target as far as it is in scope', async () => {
    const { cluster, target, move, stop } = await start(startTarget);
    const run = new Migration({ source: cluster, target }, { options, overrides: ['source.cluster'] });
    await move(30);
    await stop();
    await levelWith(run, cluster);
    await expectInScope(cluster, target);
    expect(run.codes()).toEqual([]);
    await run.stop();
  });

  test('also when the engine is killed meanwhile', { timeout: 120_000 }, async () => {
    const { cluster, target, move, stop } = await start(startTarget);
    const dir = tempDir('state');
    const flags = ['--exclude', 'type:string'];
    for (let n = 0; n < 5; n++) {
      const ferry = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, ...flags, cluster.url, target.url]);
      const until = performance.now() + 1_200 + n * 250;
      if (n > 0) await move(5);
      await waitFor(() => performance.now() > until);
      expect(ferry.isRunning, ferry.stderr).toBe(true);
      await ferry.stop();
    }
    const run = new Migration({ source: cluster, target }, { options }, dir);
    await stop();
    await levelWith(run, cluster);
    await expectInScope(cluster, target);
    await run.stop();
  });
});
