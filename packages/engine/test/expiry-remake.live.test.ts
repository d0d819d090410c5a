import { hasServer, type RedisServer, startRedis, stopEverything, tempDir, waitFor } from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from './migration.ts';

afterAll(() => stopEverything());

/** How a key is made, and a command that makes it anew where it is missing. */
const remakes: readonly (readonly [string, string])[] = [
  ['SET k 41', 'INCR k'],
  ['SET k 41', 'DECRBY k 5'],
  ['SET k 1.5', 'INCRBYFLOAT k 0.25'],
  ['SET k one', 'APPEND k two'],
  ['SET k one', 'SETRANGE k 4 two'],
  ['SET k one', 'SETBIT k 100 1'],
  ['SET k one', 'BITFIELD k SET u8 0 7'],
  ['HSET k f 1 g 2', 'HSET k f 3'],
  ['HSET k f 1 g 2', 'HSET k new 3'],
  ['HSET k f 1 g 2', 'HMSET k f 3 h 4'],
  ['HSET k f 1 g 2', 'HSETNX k h 4'],
  ['HSET k f 1 g 2', 'HINCRBY k f 4'],
  ['HSET k f 1 g 2', 'HINCRBYFLOAT k f 0.5'],
  ['RPUSH k a b', 'RPUSH k c'],
  ['RPUSH k a b', 'LPUSH k c d'],
  ['SADD k a b', 'SADD k c'],
  ['SADD k a b', 'SADD k c c'],
  ['ZADD k 1 a 2 b', 'ZADD k 3 c'],
  ['ZADD k 1 a 2 b', 'ZINCRBY k 5 b'],
  ['XADD k 1-1 a b', 'XADD k 2-1 c d'],
  ['PFADD k a b', 'PFADD k c d e'],
  ['GEOADD k 1 1 a', 'GEOADD k 2 2 b'],
  ['SET k 41', 'MULTI|INCR k|APPEND k 0|EXEC'],
  ['SET k 41', 'INCR k|RENAME k k:moved|RENAME k:moved k'],
];

/** What gives it more time. */
const extensions = ['PEXPIREAT k LATER', 'EXPIRE k 3600', 'PERSIST k'];

/** What is made of a key that is missing, or of one that was made anew. */
const derived: readonly (readonly [string, string])[] = [
  ['SADD k a b', 'SUNIONSTORE k:of k k:other'],
  ['ZADD k 1 a 2 b', 'ZUNIONSTORE k:of 2 k k:other'],
  ['ZADD k 1 a 2 b', 'ZRANGESTORE k:of k 0 -1'],
  ['SET k one', 'BITOP NOT k:of k'],
  ['PFADD k a b', 'PFMERGE k:of k'],
  ['RPUSH k 2 1', 'SORT k STORE k:of'],
  ['RPUSH k a b', 'LMOVE k k:of LEFT RIGHT'],
  ['SADD k a b', 'SMOVE k k:of a'],
];

const nameOf = (index: number): string => `key:${index}`;

function send(server: RedisServer, text: string, index: number, later = 0): Promise<unknown> {
  const commands = text
    .split('|')
    .map((line) =>
      line.split(' ').map((word) => word.replace(/^k(?=$|:)/, nameOf(index)).replace('LATER', String(later))),
    );
  return Promise.all(commands.map(([name, ...args]) => server.client.call(name as string, args)));
}

const cases = [
  ...remakes.flatMap(([make, act]) => extensions.map((extension) => ({ make, act, extension }))),
  ...derived.map(([make, act]) => ({ make, act, extension: null })),
];

type Pair = { source: RedisServer; target: RedisServer };

/** Makes all keys with an expiry, and waits until the target has just that. */
async function begin({ source, target }: Pair, run: Migration): Promise<void> {
  const expireAt = Date.now() + 600_000;
  await Promise.all(cases.map(({ make }, index) => send(source, `${make}|PEXPIREAT k LATER`, index, expireAt)));
  await run.caughtUp(source);
  const times = () => Promise.all(cases.map((_, index) => target.client.call('PEXPIRETIME', nameOf(index))));
  const isReal = (time: unknown) => Math.abs(Number(time) - expireAt) < 50;
  await waitFor(async () => (await times()).every(isReal), { what: 'the real expiries' });
}

/**
 * Has the target drop all keys, as if their time had come there a little earlier, and the source use them. Returns when
 * the target has done the same.
 */
async function remake({ source, target }: Pair): Promise<void> {
  const told = await source.client.incr('told');
  const isTold = (count: number) =>
    waitFor(async () => Number(await target.client.get('told')) === count, { everyMs: 1 });
  await isTold(told);
  await target.client.del(cases.map((_, index) => nameOf(index)));
  await Promise.all(cases.map((one, index) => send(source, one.act, index)));
  await source.client.incr('told');
  await isTold(told + 1);
}

async function extend({ source }: Pair): Promise<void> {
  const later = Date.now() + 3_600_000;
  await Promise.all(cases.map(({ extension }, index) => send(source, extension ?? 'DEL k', index, later)));
}

/** A stream that never rests is not taken to be late. */
function noise({ source }: Pair): () => void {
  const timer = setInterval(() => void source.client.set('noise', Date.now()), 20);
  return () => clearInterval(timer);
}

describe('a key that the target drops just before a command makes it anew there', () => {
  test.concurrent.each([
    ['redis@7.0', 'redis@7.0'],
    ['redis@7.0', 'valkey@8.0'],
  ] as const)('comes out as the source has it: %s to %s', { timeout: 60_000 }, async (from, to) => {
    const [source, target] = await Promise.all([startRedis({ version: from }), startRedis({ version: to })]);
    const pair = { source, target };
    const run = new Migration(pair);
    await run.caughtUp(source);
    const rest = noise(pair);
    await begin(pair, run);
    await remake(pair);
    await extend(pair);
    rest();
    await run.caughtUp(source);
    await expectEqual(source, target);
    expect(await target.client.keys('cf:fz:*')).toEqual([]);
    expect((await run.status()).errors).toEqual({});
    await run.stop();
  });

  test('also when the engine is started anew before it gets another expiry', { timeout: 60_000 }, async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const pair = { source, target };
    const dir = tempDir('state');
    const run = new Migration(pair, {}, dir);
    await run.caughtUp(source);
    const rest = noise(pair);
    await begin(pair, run);
    await remake(pair);
    await run.stop();
    await extend(pair);
    rest();
    const again = new Migration(pair, {}, dir);
    await again.caughtUp(source);
    await expectEqual(source, target);
    await again.stop();
  });
});

test.skipIf(!(await hasServer('redis@8.0')))(
  'a field that the target drops just before it gets another expiry comes out as the source has it',
  { timeout: 60_000 },
  async () => {
    const [source, target] = await Promise.all([
      startRedis({ version: 'redis@8.0' }),
      startRedis({ version: 'redis@8.0' }),
    ]);
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    const rest = noise({ source, target });
    const later = Date.now() + 600_000;
    for (const key of ['longer', 'endless', 'whole']) {
      await source.client.hset(key, 'f', '41', 'g', '2');
      await source.client.call('HPEXPIREAT', key, later, 'FIELDS', 2, 'f', 'g');
    }
    await run.caughtUp(source);
    await target.client.hdel('longer', 'f');
    await target.client.hdel('endless', 'f');
    await target.client.del('whole');
    await Promise.all([
      source.client.call('HPEXPIREAT', 'longer', later + 60_000, 'FIELDS', 1, 'f'),
      source.client.call('HPERSIST', 'endless', 'FIELDS', 1, 'f'),
      source.client.call('HPEXPIREAT', 'whole', later + 60_000, 'FIELDS', 2, 'f', 'g'),
    ]);
    rest();
    await run.caughtUp(source);
    const times = (server: RedisServer, key: string) =>
      server.client.call('HPEXPIRETIME', key, 'FIELDS', 2, 'f', 'g') as Promise<number[]>;
    for (const key of ['longer', 'endless', 'whole']) {
      expect(await target.client.hgetall(key), key).toEqual({ f: '41', g: '2' });
      expect(await times(target, key), key).toEqual(await times(source, key));
    }
    await run.stop();
  },
);

test('new counters that are given an expiry do not keep the target from being level', { timeout: 60_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const dir = tempDir('state');
  const run = new Migration({ source, target }, {}, dir);
  await run.caughtUp(source);
  let made = 0;
  const make = () => {
    for (let n = 0; n < 20; n++) {
      void source.client.incr(`counter:${++made}`);
      void source.client.expire(`counter:${made}`, 3_600);
    }
  };
  const writer = setInterval(make, 5);
  const passes = async (state: Migration, what: string) => {
    const wanted = Number((await source.info('replication')).master_repl_offset);
    const isPassed = async () => {
      const { shards, lagBytes, state: phase } = await state.status();
      return (
        phase === 'incremental_sync' &&
        (shards[0]?.sourceOffset ?? 0) - (lagBytes ?? Number.POSITIVE_INFINITY) >= wanted
      );
    };
    await waitFor(isPassed, { what, deadlineMs: 20_000 });
  };
  await passes(run, 'the target to be level');
  await run.stop();
  const again = new Migration({ source, target }, {}, dir);
  await passes(again, 'the target to be level again');
  clearInterval(writer);
  await again.caughtUp(source);
  expect(await target.client.dbsize()).toBeGreaterThan(made);
  await expectEqual(source, target);
  await again.stop();
});
