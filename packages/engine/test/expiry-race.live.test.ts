import {
  type FerryProcess,
  faultProxy,
  hasServer,
  type RedisServer,
  spawnFerry,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { at, Lives, type Pair } from './expiry-lives.ts';
import { caughtUp, expectEqual, Migration } from './migration.ts';

// Most of these wait for a clock, side by side: what one of them starts stays until all have ended.
afterAll(() => stopEverything());

const all = new Lives();

async function engine({ source, target }: Pair, dir: string): Promise<FerryProcess> {
  const ferry = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
  await engineCaughtUp(source, dir, ferry);
  return ferry;
}

const engineCaughtUp = (source: RedisServer, dir: string, ferry: FerryProcess) =>
  caughtUp(source, dir, { deadlineMs: 30_000, what: `the target to catch up: ${ferry.stderr}` });

const pairs = [
  ['redis@7.0', 'redis@7.0'],
  ['redis@7.0', 'valkey@8.0'],
  ['redis@6.0', 'redis@7.0'],
] as const;

describe('a key whose expiry passes on the target before the source’s word arrives', () => {
  test.concurrent.each(pairs)(
    'from %s to %s, while the engine is dead, comes out as the source has it',
    {
      timeout: 60_000,
    },
    async (from, to) => {
      const isOld = from === 'redis@6.0';
      const ttlToleranceMs = isOld ? 50 : 0;
      const [source, target] = await Promise.all([startRedis({ version: from }), startRedis({ version: to })]);
      const dir = tempDir('state');
      const pair = { source, target };
      await source.client.set('before', 1);
      const first = await engine(pair, dir);
      const expireAt = Date.now() + 7_000;
      await all.begin(source, expireAt);
      await engineCaughtUp(source, dir, first);
      await all.released(target, expireAt, ttlToleranceMs);
      await first.stop();
      await at(expireAt - 700);
      if (!isOld) await all.change(source);
      else await all.send(source, ['APPEND k x', 'PERSIST k'], 3);
      await all.gone(source);
      await at(expireAt + 500);
      const again = await engine(pair, dir);
      await expectEqual(source, target, { ttlToleranceMs });
      expect(await target.client.keys('cf:fz:*')).toEqual([]);
      await again.stop();
    },
  );
});

test('keys whose expiry came with the full sync survive it too', { timeout: 60_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const dir = tempDir('state');
  const expireAt = Date.now() + 9_000;
  await all.begin(source, expireAt);
  const first = await engine({ source, target }, dir);
  await all.released(target, expireAt);
  await first.stop();
  await at(expireAt - 700);
  await all.change(source);
  await all.gone(source);
  const again = await engine({ source, target }, dir);
  await expectEqual(source, target);
  await again.stop();
});

test('an engine that is killed while it mends mends the rest when it comes back', { timeout: 90_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const dir = tempDir('state');
  await source.client.set('before', 1);
  const first = await engine({ source, target }, dir);
  const expireAt = Date.now() + 11_000;
  const keys = Array.from({ length: 3_000 }, (_, n) => `counter:${n}`);
  await source.client.mset(keys.flatMap((key) => [key, '41']));
  for (const key of keys) void source.client.pexpireat(key, expireAt);
  await all.begin(source, expireAt);
  await engineCaughtUp(source, dir, first);
  await all.released(target, expireAt);
  await first.stop();
  await at(expireAt - 3_000);
  await all.change(source);
  await Promise.all(keys.flatMap((key) => [source.client.incr(key), source.client.persist(key)]));
  await at(expireAt + 500);
  for (let n = 0; n < 12; n++) {
    const ferry = await spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
    const until = performance.now() + 300 + n * 45;
    await waitFor(() => performance.now() > until);
    await ferry.stop();
  }
  const again = await engine({ source, target }, dir);
  await expectEqual(source, target);
  await again.stop();
});

describe('a target that does not answer for a while', () => {
  test.concurrent.each([
    ['after its batch was sent', 0],
    ['before the source goes on', 1_500],
  ])('loses nothing of what expired meanwhile: stopped %s', { timeout: 60_000 }, async (_, restMs) => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    const expireAt = Date.now() + 6_000;
    await all.begin(source, expireAt);
    await run.caughtUp(source);
    await all.released(target, expireAt);
    await at(expireAt - 1_000 - restMs);
    await target.kill('SIGSTOP');
    await at(expireAt - 1_000);
    await all.change(source);
    await all.gone(source);
    await at(expireAt + 1_500);
    await target.kill('SIGCONT');
    await run.caughtUp(source);
    await expectEqual(source, target);
    await run.stop();
  });
});

test('a source link that is silent for a while loses nothing of what expired meanwhile', {
  timeout: 60_000,
}, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const proxy = await faultProxy({ port: source.port });
  const run = new Migration({ source: proxy, target });
  await run.caughtUp(source);
  const expireAt = Date.now() + 6_000;
  await all.begin(source, expireAt);
  await run.caughtUp(source);
  await all.released(target, expireAt);
  proxy.set({ mode: 'hang' });
  proxy.cut();
  await at(expireAt - 1_000);
  await all.change(source);
  await all.gone(source);
  await at(expireAt + 1_000);
  proxy.heal();
  proxy.cut();
  await run.caughtUp(source);
  await expectEqual(source, target);
  await run.stop();
});

test('a key that is given more time in its last moment is not lost to a target that is hardly behind', {
  timeout: 60_000,
}, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const proxy = await faultProxy({ port: target.port });
  const run = new Migration({ source, target: proxy });
  await run.caughtUp(source);
  const later = String(Date.now() + 3_600_000);
  const acts = [
    ['PEXPIREAT', 'k:0', later],
    ['PERSIST', 'k:1'],
    ['COPY', 'k:2', 'copy'],
    ['RENAME', 'k:3', 'renamed'],
    ['MOVE', 'k:4', '4'],
    ['LSET', 'list', '0', 'changed'],
    ['GETEX', 'k:5', 'PERSIST'],
  ];
  const keys = [...[0, 1, 2, 3, 4, 5].map((n) => `k:${n}`), 'list'];
  for (const key of keys.slice(0, 6)) await source.client.set(key, `value of ${key}`);
  await source.client.rpush('list', 'a', 'b');
  const expireAt = Date.now() + 6_000;
  for (const key of keys) await source.client.pexpireat(key, expireAt);
  await run.caughtUp(source);
  const times = () => Promise.all(keys.map((key) => target.client.call('PEXPIRETIME', key)));
  await waitFor(async () => (await times()).every((time) => Number(time) === expireAt), { what: 'the real expiries' });
  // A stream that never rests is not taken to be late.
  const noise = setInterval(() => void source.client.set('noise', Date.now()), 20);
  await at(expireAt - 2_000);
  proxy.set({ latencyMs: 90 });
  await at(expireAt - 50);
  await Promise.all(acts.map(([name, ...args]) => source.client.call(name as string, args)));
  await source.client.persist('copy');
  await source.client.persist('renamed');
  await source.client.persist('list');
  await waitFor(async () => (await target.client.exists('k:0')) === 0, { what: 'the target to drop a key' });
  clearInterval(noise);
  await run.caughtUp(source);
  await expectEqual(source, target);
  expect(await target.client.exists('k:0', 'k:1', 'renamed', 'list', 'copy')).toBe(5);
  expect((await run.status()).errors).toEqual({});
  await run.stop();
});

test('a user of the source who may read no key is told, and the run goes on', async () => {
  const acl = ['user mover on >mover -@all +psync +replconf +ping +info +select +config|get +time'];
  const [source, target] = await Promise.all([startRedis({ acl }), startRedis()]);
  const url = source.bareUrl.replace('://', '://mover:mover@');
  const dir = tempDir('state');
  const first = new Migration({ source: { url }, target }, {}, dir);
  await first.caughtUp(source);
  await source.client.incr('n');
  await first.stop();
  await source.client.incr('m');
  const run = new Migration({ source: { url }, target }, {}, dir);
  await run.caughtUp(source);
  await waitFor(() => run.codes().includes('source.snapshot_refused'));
  await expectEqual(source, target);
  await run.stop();
});

test('a SET that asked for its key is carried out though the target has dropped it', { timeout: 60_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  await source.client.call('MSET', 'plain', '1', 'getting', '1', 'other', '1');
  const run = new Migration({ source, target });
  await run.caughtUp(source);
  await target.client.del('plain', 'getting');
  await target.client.set('other:new', 'left behind');
  await source.client.call('SET', 'plain', '2', 'XX');
  await source.client.call('SET', 'getting', '2', 'xx', 'GET');
  await source.client.call('SET', 'other:new', '2', 'NX');
  await run.caughtUp(source);
  await expectEqual(source, target);
  await run.stop();
});

test.skipIf(!(await hasServer('redis@8.0')))(
  'fields that expire while the engine is dead, and were changed before, come out as the source has them',
  { timeout: 60_000 },
  async () => {
    const version = 'redis@8.0';
    const [source, target] = await Promise.all([startRedis({ version }), startRedis({ version })]);
    const { client } = source;
    const dir = tempDir('state');
    const first = await engine({ source, target }, dir);
    const expireAt = Date.now() + 3_000;
    const hash = 'in a transaction';
    for (const key of ['counted', hash, 'replaced', 'kept']) {
      await client.hset(key, 'f', 41, 'g', 2);
      await client.call('HPEXPIREAT', key, expireAt, 'FIELDS', 1, 'f');
    }
    await engineCaughtUp(source, dir, first);
    await first.stop();
    await client.hincrby('counted', 'f', 1);
    await client.call('HEXPIRE', 'counted', 3_600, 'FIELDS', 1, 'f');
    await client.multi().hincrby(hash, 'f', 1).call('HEXPIRE', hash, 3_600, 'FIELDS', 1, 'f').exec();
    await client.call('HSETEX', 'replaced', 'FXX', 'FIELDS', 1, 'f', 'new');
    await client.call('HSETEX', 'kept', 'FXX', 'KEEPTTL', 'FIELDS', 1, 'f', 'new');
    await client.call('HEXPIRE', 'kept', 3_600, 'FIELDS', 1, 'f');
    await at(expireAt + 500);
    expect(await target.client.hexists('counted', 'f')).toBe(0);
    const again = await engine({ source, target }, dir);
    await expectEqual(source, target);
    await again.stop();
  },
);
