import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
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
import { levelWith, statusOf } from './cluster-level.ts';
import { begin } from './killing.ts';
import { caughtUp, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

/** What an eviction does to the checkpoints of slots; those of the nodes stay, because they end a run by themselves. */
async function evictSlotCheckpoints(target: RedisCluster): Promise<number> {
  let count = 0;
  for (const { server } of await target.primaries())
    for (const key of await server.client.keys('cf:ck:*:{*}')) {
      const own = (await server.client.hkeys(key)).filter((field) => field.startsWith('at:'));
      if (own.length > 0) count += await server.client.hdel(key, ...own);
    }
  return count;
}

/** Has each node evict a key, and any key evicted from then on. */
async function evictSomething(target: RedisCluster): Promise<void> {
  const servers = (await target.primaries()).map(({ server }) => server);
  const set = (name: string, value: string | number) =>
    Promise.all(servers.map(({ client }) => client.config('SET', name, value)));
  const evicted = async () => (await Promise.all(servers.map((one) => one.info('stats')))).map((s) => s.evicted_keys);
  for (let n = 0; n < 600; n++) await target.client.set(`junk:${n}`, 'x'.repeat(20_000), 'EX', 3_600);
  await set('maxmemory-policy', 'volatile-random');
  await set('maxmemory', 2_000_000);
  const hasEvicted = async () => (await evicted()).every((count) => Number(count) > 0);
  await waitFor(hasEvicted, { what: 'an eviction on every node' });
  await set('maxmemory', 1_000_000_000);
  await set('maxmemory-policy', 'allkeys-lru');
}

type Source = RedisServer | RedisCluster;
const isCluster = (end: Source): end is RedisCluster => 'nodes' in end;
const level = (source: Source, dir: string) =>
  isCluster(source) ? levelWith(dir, source) : caughtUp(source, dir, { deadlineMs: 30_000 });

/** Counters and lists: what is run twice shows. */
function counting({ client }: Source): () => Promise<void> {
  const random = createRandom(3);
  let isOver = false;
  const once = async () => {
    const id = random.below(60);
    await (random.below(2) === 0 ? client.incr(`n:${id}`) : client.rpush(`l:${id}`, random.below(1_000_000)));
  };
  const work = (async () => {
    while (!isOver) await Promise.all(Array.from({ length: 8 }, once));
  })();
  work.catch(() => {});
  return async () => {
    isOver = true;
    await work;
  };
}

describe('a clustered target that evicts the checkpoints of slots while the engine is dead', () => {
  test.each<[string, () => Promise<Source>]>([
    ['one server', () => startRedis()],
    ['a cluster', () => startCluster()],
  ])('has every effect of %s exactly once', { timeout: 90_000 }, async (_, open) => {
    const [source, target] = await Promise.all([open(), startCluster()]);
    await source.client.set('before', '1');
    const run = { source, target, dir: tempDir('state'), flags: [] };
    await begin(run);
    const stop = counting(source);
    let evicted = 0;
    for (let n = 0; n < 6; n++) {
      const ferry = await spawnFerry(['migrate', '--mode', 'sync', '--state', run.dir, source.url, target.url]);
      const isLive = async () => (await statusOf(run.dir).catch(() => null))?.state === 'incremental_sync';
      await waitFor(isLive, { deadlineMs: 30_000, what: `the stream to be followed: ${ferry.stderr}` });
      await new Promise((resolve) => setTimeout(resolve, 400 + n * 130));
      expect(ferry.isRunning, ferry.stderr).toBe(true);
      await ferry.stop();
      evicted += await evictSlotCheckpoints(target);
    }
    await stop();
    expect(evicted).toBeGreaterThan(0);
    const last = new Migration({ source, target }, {}, run.dir);
    await level(source, run.dir);
    await expectEqualSoon(source, target);
    await last.stop();
  });

  test('ends the run when the source cannot be asked what its keys hold', { timeout: 90_000 }, async () => {
    const target = await startCluster();
    const dir = join(tempDir('log'), 'appendonlydir');
    mkdirSync(dir);
    const command = (n: number) => `*2\r\n$4\r\nINCR\r\n$${`n:${n % 50}`.length}\r\nn:${n % 50}\r\n`;
    const lines = Array.from({ length: 60_000 }, (__, n) => command(n));
    writeFileSync(join(dir, 'appendonly.aof.1.incr.aof'), lines.join(''));
    writeFileSync(join(dir, 'appendonly.aof.manifest'), 'file appendonly.aof.1.incr.aof seq 1 type i\n');
    const ends = { source: { url: `aof:${dir}` }, target };
    const state = tempDir('state');
    const args = ['migrate', '--mode', 'full', '--state', state, '--rate-keys', '6000', '--batch', '50'];
    const ferry = await spawnFerry([...args, ends.source.url, target.url]);
    const total = async () => [...(await dumpAll(target.client))].filter(([key]) => key.startsWith('0 n:')).length;
    await waitFor(async () => (await total()) === 50, { deadlineMs: 30_000, what: `all counters: ${ferry.stderr}` });
    await ferry.stop();
    await evictSlotCheckpoints(target);
    await evictSomething(target);
    const again = new Migration(ends, { mode: 'full', options: { onConflict: 'overwrite' } }, state);
    await expect(again.end).rejects.toMatchObject({ code: 'target.evicted_checkpoint' });
  });
});
