import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  compareDumps,
  createRandom,
  type Dump,
  dumpAll,
  hasNutcracker,
  type RedisServer,
  seedMixed,
  startCluster,
  startRedis,
  startSentinel,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';
import { levelWith, numbered, type Pool, startPool } from './pool.ts';

afterEach(() => stopEverything());

/** Keys of every kind, through the proxy. */
async function seedPool({ proxy }: Pool, keys: number): Promise<void> {
  const kinds = await startRedis();
  await seedMixed(kinds.client, { keys });
  const names = (await kinds.client.keysBuffer('*')).filter((key) => key.length > 0);
  const commands = await Promise.all(
    names.map(async (key) => {
      const expiry = String(Math.max(0, await kinds.client.pexpiretime(key)));
      return ['RESTORE', key, expiry, await kinds.client.dumpBuffer(key), 'ABSTTL'];
    }),
  );
  await proxy.send('main', commands);
  await kinds.stop();
}

/** What all servers have together, without what begins with `stray:`. */
async function homeKeys({ servers }: Pool): Promise<Dump> {
  const dumps = await Promise.all(servers.map(({ client }) => dumpAll(client)));
  return new Map(dumps.flatMap((dump) => [...dump].filter(([key]) => !key.includes(' stray:'))));
}

async function expectSame(pool: Pool, target: Pick<RedisServer, 'client'> | { client: never }): Promise<void> {
  const look = async () =>
    compareDumps(await homeKeys(pool), await dumpAll(target.client), { ignore: (key) => key.startsWith('0 cf:') });
  await waitFor(async () => (await look()).length === 0, { deadlineMs: 20_000, everyMs: 300 }).catch(() => {});
  expect((await look()).slice(0, 10)).toEqual([]);
}

/** Puts the key on every server: on all but one of them it is a stray. */
async function plant({ servers }: Pool, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await Promise.all(servers.map(({ client }) => client.set(`stray:${n}`, `s${n}`)));
}

describe.skipIf(!hasNutcracker())('the servers of a pool', () => {
  test.each([
    ['ketama with weights, names, tags and a password', {}, 'p'],
    ['modula and one_at_a_time', { distribution: 'modula', hash: 'one_at_a_time' }, undefined],
  ])('are copied to one server, without keys that are not at home: %s', async (_, settings, password) => {
    const [pool, target] = await Promise.all([startPool(settings, password), startRedis()]);
    await seedPool(pool, 600);
    await plant(pool, 50);
    const run = new Migration({ source: pool, target }, { mode: 'full' });
    const { outcome, snapshot } = await run.end;
    expect(outcome).toBe('completed');
    expect(snapshot.shards).toHaveLength(3);
    expect(snapshot.errors).toEqual({ 'twemproxy.stray_key': 100 });
    expect(run.codes().filter((code) => code === 'twemproxy.stray_key').length).toBeGreaterThan(1);
    expect(await target.client.keys('cf:*')).toEqual([]);
    // Each of them is at home somewhere.
    expect((await target.client.keys('stray:*')).length).toBe(50);
    await target.client.del(...(await target.client.keys('stray:*')));
    await expectSame(pool, target);
  });

  test('are followed together, over a stop, and what is done to strays is not', async () => {
    const [pool, group] = await Promise.all([startPool(), startSentinel()]);
    const target = await group.primary();
    await seedPool(pool, 300);
    await plant(pool, 20);
    const run = new Migration({ source: pool, target: group });
    await levelWith(run, pool.servers);
    const client = pool.proxy.connect('main');
    const random = createRandom(3);
    const write = async (count: number) => {
      for (let n = 0; n < count; n++) {
        const key = `{${random.below(60)}}:${random.below(4)}`;
        await Promise.all([
          client.incr(`n${key}`),
          client.rpush(`l${key}`, n),
          client.mset(`a${n % 50}`, n, `b${n % 50}`, n),
        ]);
        if (n % 5 === 0) await client.del(`l${key}`);
      }
    };
    await write(300);
    await run.stop();
    await write(300);
    const resumed = new Migration({ source: pool, target: group }, {}, run.dir);
    await write(300);
    for (const server of pool.servers) await server.client.append('stray:1', '+');
    await levelWith(resumed, pool.servers);
    expect(await target.client.get('stray:1')).toBe('s1+');
    for (const server of pool.servers) await server.client.del('stray:1', 'stray:2');
    await levelWith(resumed, pool.servers);
    expect(await target.client.exists('stray:1', 'stray:2', 'stray:3')).toBe(1);
    // What comes to be at home was a stray under its old name on two of the three.
    for (const [at, server] of pool.servers.entries())
      for (let n = 4; n < 14; n++) await server.client.rename(`stray:${n}`, `stray:${n}:${at}`);
    await levelWith(resumed, pool.servers);
    const names = [0, 1, 2].flatMap((at) => Array.from({ length: 10 }, (_, n) => `stray:${n + 4}:${at}`));
    const seen = await Promise.all(names.map((name) => client.get(name)));
    expect(seen.filter((value) => value !== null).length).toBeGreaterThan(1);
    expect(await target.client.mget(names)).toEqual(seen);
    expect(await target.client.exists('stray:4')).toBe(0);
    await target.client.del(...(await target.client.keys('stray:*')));
    await expectSame(pool, target);
    await resumed.stop();
  });

  test('one of which is flushed keep the keys of the others', async () => {
    const [pool, target] = await Promise.all([startPool(), startRedis()]);
    await pool.proxy.send(
      'main',
      numbered(300, (n) => ['SET', `k:${n}`, 'v']),
    );
    const run = new Migration({ source: pool, target });
    await levelWith(run, pool.servers);
    await pool.servers[1]?.client.flushall();
    await pool.proxy.send('main', [['SET', 'after', '1']]);
    await levelWith(run, pool.servers);
    await expectSame(pool, target);
    expect(await target.client.dbsize()).toBeGreaterThan(50);
    await run.stop();
  });

  test('are copied into a cluster', async () => {
    const [pool, cluster] = await Promise.all([startPool(), startCluster()]);
    await seedPool(pool, 300);
    const run = new Migration({ source: pool, target: cluster });
    await levelWith(run, pool.servers);
    const client = pool.proxy.connect('main');
    for (let n = 0; n < 500; n++) await Promise.all([client.incr(`n${n % 40}`), client.rpush(`l${n % 40}`, n)]);
    await levelWith(run, pool.servers);
    await expectSame(pool, { client: cluster.client as never });
    await run.stop();
  });

  test('are written to one file each', async () => {
    const pool = await startPool();
    await seedPool(pool, 300);
    await plant(pool, 10);
    const dir = tempDir('files');
    const run = new Migration({ source: pool, target: { url: `rdb:${join(dir, 'pool.rdb')}` } }, { mode: 'full' });
    expect((await run.end).snapshot.errors).toEqual({ 'twemproxy.stray_key': 20 });
    const files = [0, 1, 2].map((n) => join(dir, `pool-${n}.rdb`));
    expect(files.map((file) => existsSync(file))).toEqual([true, true, true]);
    const target = await startRedis();
    const load = new Migration({ source: { url: `rdb:${files.join(',')}` }, target }, { mode: 'full' });
    expect((await load.end).outcome).toBe('completed');
    await target.client.del(...(await target.client.keys('stray:*')));
    await expectSame(pool, target);
  });

  test('that put keys anywhere are copied as they are', async () => {
    const [pool, target] = await Promise.all([startPool({ distribution: 'random' }), startRedis()]);
    await pool.proxy.send(
      'main',
      numbered(200, (n) => ['SET', `k:${n}`, 'v']),
    );
    const run = new Migration({ source: pool, target }, { mode: 'full' });
    expect((await run.end).snapshot.errors).toEqual({});
    await expectSame(pool, target);
  });

  test('of which one is dead end the run with its name', async () => {
    const [pool, target] = await Promise.all([startPool(), startRedis()]);
    const [, dead] = pool.servers;
    await dead?.kill();
    const run = new Migration({ source: pool, target });
    await expect(run.end).rejects.toMatchObject({ code: 'preflight.blocked' });
    await expect(run.end).rejects.toThrow(new RegExp(`127\\.0\\.0\\.1:${dead?.port}`));
  });
});
