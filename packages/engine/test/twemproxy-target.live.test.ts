import {
  compareDumps,
  createRandom,
  dumpAll,
  hasNutcracker,
  type RedisCluster,
  type RedisServer,
  removeDir,
  seedMixed,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { HotKeys, seed } from './hot-cluster.ts';
import { Migration } from './migration.ts';
import { MovingSlots } from './moving-slots.ts';
import { dumpPool, levelWith, numbered, type Pool, startPool } from './pool.ts';

afterEach(() => stopEverything());

/** The same keys with the same values, each where the proxy looks for it. */
async function expectSame(source: RedisServer | RedisCluster | Pool, pool: Pool): Promise<void> {
  const look = async () => {
    const wanted = 'proxy' in source ? await dumpPool(source) : await dumpAll(source.client);
    return compareDumps(wanted, await dumpPool(pool), { ignore: (key) => key.startsWith('0 cf:') });
  };
  let seen = await look();
  const isSame = async () => {
    seen = await look();
    return seen.length === 0;
  };
  await waitFor(isSame, { deadlineMs: 20_000, everyMs: 300 }).catch(() => {});
  expect(seen.slice(0, 10)).toEqual([]);
  const lasting = [...(await dumpPool(pool))].filter(([, { expireAtMs }]) => expireAtMs < 0);
  const keys = lasting.map(([key]) => Buffer.from(key.slice(2), 'latin1'));
  const client = pool.proxy.connect('main');
  const found = await Promise.all(keys.filter(({ length }) => length > 0).map((key) => client.exists(key)));
  expect(found.filter((count) => count !== 1)).toEqual([]);
}

const bookkeeping = async ({ servers }: Pool) =>
  (await Promise.all(servers.map(({ client }) => client.keys('cf:*')))).flat();

describe.skipIf(!hasNutcracker())('a pool as a target', () => {
  test('gets a copy, each key where the proxy looks for it', async () => {
    const [source, pool] = await Promise.all([startRedis(), startPool({ distribution: 'modula' }, 'p')]);
    await seedMixed(source.client, { keys: 800 });
    const { outcome, snapshot } = await new Migration({ source, target: pool }, { mode: 'full' }).end;
    expect(outcome).toBe('completed');
    expect(snapshot.keysDone).toBe(await source.client.dbsize());
    expect(snapshot.keysTotal).toBe(snapshot.keysDone);
    await expectSame(source, pool);
    expect(await bookkeeping(pool)).toEqual([]);
  });

  test('is kept level under writes of all kinds, over stops, exactly once', async () => {
    const [source, pool] = await Promise.all([startRedis(), startPool()]);
    await seedMixed(source.client, { keys: 400 });
    const writer = await startWriter(source.url, { rate: 800, keys: 40 });
    let run = new Migration({ source, target: pool });
    for (const count of [800, 2_000, 3_200]) {
      await waitFor(() => writer.counts.acked > count, { deadlineMs: 30_000 });
      await run.stop();
      run = new Migration({ source, target: pool }, {}, run.dir);
    }
    await writer.stop();
    await levelWith(run, [source]);
    await expectSame(source, pool);
    await run.stop();
  });

  test('gets what commands over several of its servers make', async () => {
    const [source, pool] = await Promise.all([startRedis(), startPool()]);
    for (let n = 0; n < 40; n++)
      await source.client.pipeline().set(`s${n}`, n).sadd(`m${n}`, n, 'x').rpush(`l${n}`, n).exec();
    const run = new Migration({ source, target: pool });
    await levelWith(run, [source]);
    const random = createRandom(5);
    const { client } = source;
    const any = () => random.below(40);
    for (let n = 0; n < 300; n++) {
      await Promise.all([
        client.mset(`s${any()}`, n, `s${any()}`, n, `s${any()}`, n),
        client.rename(`s${any()}`, `s${any()}`).catch(() => null),
        client.smove(`m${any()}`, `m${any()}`, 'x'),
        client.sunionstore(`u${any()}`, `m${any()}`, `m${any()}`),
        client.lmove(`l${any()}`, `l${any()}`, 'LEFT', 'RIGHT'),
        client.copy(`s${any()}`, `c${any()}`, 'REPLACE'),
        client.del(`u${any()}`, `c${any()}`),
        client.multi().incr('n').append(`t${any()}`, 'a').append(`t${any()}`, 'b').exec(),
      ]);
    }
    await levelWith(run, [source]);
    await expectSame(source, pool);
    await client.flushall();
    await client.set('after', '1');
    await levelWith(run, [source]);
    await expectSame(source, pool);
    await run.stop();
  });

  test('follows a cluster whose slots move, over stops, and gets what commands over several of its servers make', async () => {
    const [source, pool] = await Promise.all([startCluster(), startPool({ hash_tag: '$$' })]);
    await seed(source, 200);
    const hot = new HotKeys(source).start();
    let run = new Migration({ source, target: pool });
    await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 60_000 });
    const random = createRandom(6);
    const slots = await Promise.all(
      [0, 1, 2, 3].map(async (tag) => Number(await source.client.cluster('KEYSLOT', `${tag}`))),
    );
    const moves = new MovingSlots(source, slots);
    for (let n = 0; n < 300 || moves.count < 6; n++) {
      const tag = random.below(40);
      const { client } = source;
      await Promise.all([
        client.sadd(`{${tag}}:m${n % 3}`, n),
        client.sunionstore(`{${tag}}:u${n % 2}`, `{${tag}}:m0`, `{${tag}}:m1`),
        client.rename(`{${tag}}:u1`, `{${tag}}:v`).catch(() => null),
        client.del(`{${tag}}:u0`),
      ]);
      if (n % 100 !== 99 || n > 300) continue;
      await run.stop();
      run = new Migration({ source, target: pool }, {}, run.dir);
    }
    await moves.stop();
    await hot.stop();
    await levelWith(
      run,
      source.nodes.map(({ server }) => server),
    );
    await expectSame(source, pool);
    await run.stop();
  });

  test('takes from a pool with another hash, and keys under new names', async () => {
    const [from, pool] = await Promise.all([startPool({ hash: 'crc16' }), startPool()]);
    await from.proxy.send(
      'main',
      numbered(300, (n) => ['SET', `k:${n}`, `v${n}`]),
    );
    for (const { client } of from.servers) await client.set('stray', '1');
    const run = new Migration({ source: from, target: pool }, { options: { keyPrefix: ['k:new:'] } });
    await levelWith(run, from.servers);
    await from.proxy.send(
      'main',
      numbered(200, (n) => ['APPEND', `k:${n}`, '+']),
    );
    await levelWith(run, from.servers);
    expect((await run.status()).errors).toEqual({ 'twemproxy.stray_key': 2 });
    const wanted = [
      ...(await Promise.all(from.servers.map(({ client }) => dumpAll(client)))).flatMap((one) => [...one]),
    ];
    const renamed = new Map(wanted.map(([key, value]) => [key.replace(/^0 k/, '0 new:'), value]));
    const isSame = async () => compareDumps(renamed, await dumpPool(pool)).length === 0;
    await waitFor(isSame, { deadlineMs: 10_000, everyMs: 300 }).catch(() => {});
    expect(compareDumps(renamed, await dumpPool(pool))).toEqual([]);
    const client = pool.proxy.connect('main');
    expect(await client.get('new::7')).toBe('v7+');
    await run.stop();
  });

  test('takes from RDB files', async () => {
    const [dir, pool] = [tempDir('pool'), await startPool()];
    const source = await startRedis({ dir });
    await seedMixed(source.client, { keys: 300 });
    await source.client.save();
    const run = new Migration({ source: { url: `rdb:${dir}/dump.rdb` }, target: pool }, { mode: 'full' });
    expect((await run.end).outcome).toBe('completed');
    await expectSame(source, pool);
    await source.stop();
    removeDir(dir);
  });

  test('is refused where keys cannot be placed, and keeps a key that stands there already', async () => {
    const [source, pool] = await Promise.all([startRedis(), startPool()]);
    await source.client.set('k', 'new');
    await pool.proxy.send('main', [['SET', 'k', 'old']]);
    const held = new Migration({ source, target: pool }, { mode: 'full' });
    await expect(held.end).rejects.toMatchObject({ code: 'target.key_exists' });
    expect(await pool.proxy.connect('main').get('k')).toBe('old');
    const random = await startPool({ distribution: 'random' });
    const nowhere = new Migration({ source, target: random }, { mode: 'full' });
    await expect(nowhere.end).rejects.toMatchObject({ code: 'twemproxy.no_placement' });
  });
});
