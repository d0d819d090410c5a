import {
  type FerryProcess,
  faultProxy,
  type RedisServer,
  spawnFerry,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { caughtUp, expectEqual, Migration } from './migration.ts';

// Most of these wait for a clock, side by side: what one of them starts stays until all have ended.
afterAll(() => stopEverything());

/** How a key is made, and what the source does to it a moment before it would expire. */
const lives: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a longer life', ['SET k 1'], ['PEXPIREAT k LATER']],
  ['a life without end', ['SET k 1'], ['PERSIST k']],
  ['an increment', ['SET k 41'], ['INCR k', 'PERSIST k']],
  ['a further piece', ['SET k one'], ['APPEND k two', 'PEXPIREAT k LATER']],
  ['a new value that keeps its expiry', ['SET k one'], ['SET k two KEEPTTL', 'PEXPIREAT k LATER']],
  ['a bit', ['SET k one'], ['SETBIT k 100 1', 'PERSIST k']],
  ['a field', ['HSET k f 1 g 2'], ['HSET k f 3', 'PERSIST k']],
  ['an element', ['RPUSH k a b'], ['LPUSH k c', 'PEXPIREAT k LATER']],
  ['an element less', ['RPUSH k a b'], ['RPOP k', 'PEXPIREAT k LATER']],
  ['a member', ['SADD k a b'], ['SADD k c', 'PERSIST k']],
  ['a score', ['ZADD k 1 a 2 b'], ['ZINCRBY k 5 b', 'PERSIST k']],
  ['an entry', ['XADD k 1-1 a b'], ['XADD k 2-1 c d', 'PERSIST k']],
  ['a group', ['XADD k 1-1 a b'], ['XGROUP CREATE k g 0', 'PERSIST k']],
  ['a transaction', ['SET k 1'], ['MULTI', 'INCR k', 'SET k:other 2', 'PERSIST k', 'EXEC']],
  ['another name', ['SET k 1'], ['RENAME k k:moved', 'PERSIST k:moved']],
  ['a copy', ['SET k 1'], ['COPY k k:copy', 'PERSIST k:copy']],
  ['a part in a union', ['SADD k a b'], ['SADD k:more c', 'SUNIONSTORE k:union k k:more']],
  ['a chain of copies', ['SET k 1'], ['APPEND k 2', 'COPY k k:x', 'PERSIST k:x', 'COPY k:x k:y', 'APPEND k:y 3']],
  ['a move to another database', ['SET k 1'], ['MOVE k 4']],
  ['its end', ['SET k 1'], ['DEL k', 'INCR k']],
  ['nothing', ['SET k 1'], []],
];

const nameOf = (index: number): string => `key:${index}`;

async function send(server: RedisServer, commands: readonly string[], index: number, later: number): Promise<void> {
  for (const text of commands) {
    const words = text
      .split(' ')
      .map((word) => word.replace(/^k(?=$|:)/, nameOf(index)).replace('LATER', String(later)));
    await server.client.call(words[0] as string, words.slice(1));
  }
}

/** Makes all the keys, to expire at a time. */
async function begin(server: RedisServer, expireAt: number): Promise<void> {
  for (const [index, [, make]] of lives.entries()) {
    await send(server, make, index, 0);
    await server.client.pexpireat(nameOf(index), expireAt);
  }
}

async function change(server: RedisServer): Promise<void> {
  const later = Date.now() + 3_600_000;
  for (const [index, [, , act]] of lives.entries()) await send(server, act, index, later);
}

const at = (time: number) => waitFor(() => Date.now() >= time, { deadlineMs: 20_000 });

/** Until all expiries on the target are the real ones. */
async function released(target: RedisServer, expireAt: number, toleranceMs = 0): Promise<void> {
  const times = () => Promise.all(lives.map((_, index) => target.client.call('PEXPIRETIME', nameOf(index))));
  const isReal = (time: unknown) => Math.abs(Number(time) - expireAt) <= toleranceMs;
  await waitFor(async () => (await times()).every(isReal), { what: 'the real expiries' });
}

async function gone(source: RedisServer): Promise<void> {
  await waitFor(async () => (await source.client.exists(nameOf(lives.length - 1))) === 0, { what: 'the expiry' });
}

type Pair = { source: RedisServer; target: RedisServer };

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
      await begin(source, expireAt);
      await engineCaughtUp(source, dir, first);
      await released(target, expireAt, ttlToleranceMs);
      await first.stop();
      await at(expireAt - 700);
      if (!isOld) await change(source);
      else await send(source, ['APPEND k x', 'PERSIST k'], 3, 0);
      await gone(source);
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
  await begin(source, expireAt);
  const first = await engine({ source, target }, dir);
  await released(target, expireAt);
  await first.stop();
  await at(expireAt - 700);
  await change(source);
  await gone(source);
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
  await begin(source, expireAt);
  await engineCaughtUp(source, dir, first);
  await released(target, expireAt);
  await first.stop();
  await at(expireAt - 3_000);
  await change(source);
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
    await begin(source, expireAt);
    await run.caughtUp(source);
    await released(target, expireAt);
    await at(expireAt - 1_000 - restMs);
    await target.kill('SIGSTOP');
    await at(expireAt - 1_000);
    await change(source);
    await gone(source);
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
  await begin(source, expireAt);
  await run.caughtUp(source);
  await released(target, expireAt);
  proxy.set({ mode: 'hang' });
  proxy.cut();
  await at(expireAt - 1_000);
  await change(source);
  await gone(source);
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
