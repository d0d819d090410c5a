import {
  type Client,
  type RedisServer,
  seedMixed,
  startRedis,
  startReplica,
  startWriter,
  waitFor,
} from '@cacheferry/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asAddress, check } from './open-check.ts';

let source: RedisServer;
let target: RedisServer;
beforeAll(async () => {
  [source, target] = await Promise.all([startRedis(), startRedis()]);
});
afterAll(() => Promise.all([source.stop(), target.stop()]));
beforeEach(() => Promise.all([source.client.flushall(), target.client.flushall()]));

/** Writes on the source and makes the target its copy. */
async function both(write: (client: Client) => Promise<unknown>): Promise<void> {
  await write(source.client);
  await target.client.replicaof(source.host, source.port);
  await waitFor(async () => (await target.info('replication')).master_link_status === 'up', { what: 'the copy' });
  await source.client.wait(1, 5_000);
  await target.client.replicaof('NO', 'ONE');
}

const members = Array.from({ length: 300 }, (_, i) => `m${i}`);
const far = 4_102_444_800_000;

describe('planted differences are found, each once, and nothing else', () => {
  type Plant = [
    name: string,
    expected: string,
    same: (c: Client) => Promise<unknown>,
    differ: (c: Client) => Promise<unknown>,
  ];
  const plants: Plant[] = [
    ['a missing key', '0 k missing', async (c) => c.set('k', '1'), (c) => c.del('k')],
    ['an extra key', '0 k extra', async () => {}, (c) => c.set('k', '1')],
    ['a type', '0 k type', (c) => c.set('k', '1'), async (c) => c.multi().del('k').rpush('k', '1').exec()],
    ['an empty string for a missing key', '0 k missing', async (c) => c.set('k', ''), (c) => c.del('k')],
    ['a string', '0 k value', (c) => c.set('k', 'abcdef'), (c) => c.setrange('k', 3, 'X')],
    ['the first list item', '0 k value', (c) => c.rpush('k', ...members), (c) => c.lset('k', 0, 'x')],
    ['the middle list item', '0 k value', (c) => c.rpush('k', ...members), (c) => c.lset('k', 150, 'x')],
    ['the last list item', '0 k value', (c) => c.rpush('k', ...members), (c) => c.lset('k', -1, 'x')],
    ['a set member', '0 k value', (c) => c.sadd('k', ...members), (c) => c.srem('k', 'm7')],
    [
      'a hash value',
      '0 k value',
      (c) => c.hset('k', Object.fromEntries(members.map((m) => [m, m]))),
      (c) => c.hset('k', 'm7', 'x'),
    ],
    [
      'a score by its last bit',
      '0 k value',
      (c) => c.zadd('k', 0.1, 'a', 2, 'b'),
      (c) => c.zadd('k', '0.10000000000000002', 'a'),
    ],
    ['a time to live by 1 ms', '0 k ttl', (c) => c.set('k', '1', 'PXAT', far), (c) => c.pexpireat('k', far + 1)],
    ['an absent time to live', '0 k ttl', (c) => c.set('k', '1', 'PXAT', far), (c) => c.persist('k')],
    ['an extra time to live', '0 k ttl', (c) => c.set('k', '1'), (c) => c.pexpireat('k', far)],
    ['a stream entry', '0 k value', (c) => c.xadd('k', '1-1', 'a', 'b'), (c) => c.xadd('k', '2-1', 'a', 'b')],
    ['the last id of a stream', '0 k value', (c) => c.xadd('k', '1-1', 'a', 'b'), (c) => c.call('XSETID', 'k', '5-5')],
    ['a group', '0 k group', (c) => c.xadd('k', '1-1', 'a', 'b'), (c) => c.xgroup('CREATE', 'k', 'g', '0')],
    [
      'the owner of a pending entry',
      '0 k group',
      async (c) => {
        await c.xadd('k', '1-1', 'a', 'b');
        await c.xgroup('CREATE', 'k', 'g', '0');
        await c.xreadgroup('GROUP', 'g', 'ann', 'STREAMS', 'k', '>');
        await c.call('XGROUP', 'CREATECONSUMER', 'k', 'g', 'bob');
      },
      (c) => c.call('XCLAIM', 'k', 'g', 'bob', '0', '1-1', 'JUSTID'),
    ],
  ];
  test.each(plants)('%s', async (_, expected, same, differ) => {
    await both(async (c) => {
      await seedMixed(c, { keys: 200, seed: 5 });
      await same(c);
    });
    await differ(target.client);
    const { result, brief } = await check(source, target, { rounds: 2 });
    expect(brief).toEqual([expected]);
    expect(result.verdict).toBe('inconsistent');
  });
});

describe('values that are equal are called so', () => {
  test('mixed data in several databases, written apart', async () => {
    await both((c) => seedMixed(c, { keys: 3_000, seed: 6, dbs: [0, 2, 9] }));
    const { result, brief } = await check(source, target);
    expect(brief).toEqual([]);
    expect(result.verdict).toBe('consistent');
    expect(result.keysCompared).toBe(9_000);
  });

  test('the same value in another encoding', async () => {
    await source.client.sadd('k', ...members);
    await source.client.hset('h', Object.fromEntries(members.map((m) => [m, m])));
    await target.client.hset('h', Object.fromEntries([...members].reverse().map((m) => [m, m])));
    await target.client.sadd('k', ...[...members].reverse());
    expect((await check(source, target)).result.verdict).toBe('consistent');
  });

  test('an estimate of a HyperLogLog that only one server has been asked for', async () => {
    await both((c) => c.call('PFADD', 'k', 'a', 'b', 'c'));
    await target.client.call('PFCOUNT', 'k');
    expect((await check(source, target)).result.verdict).toBe('consistent');
    await target.client.call('PFADD', 'k', 'd');
    expect((await check(source, target)).brief).toEqual(['0 k value']);
  });

  test('two empty servers', async () => {
    expect((await check(source, target)).result).toMatchObject({ verdict: 'consistent', keysCompared: 0 });
  });

  test("a migration's own bookkeeping on the target is no extra key", async () => {
    await target.client.hset('cf:ck:task', 'epoch', '1');
    expect((await check(source, target)).brief).toEqual([]);
  });
});

test.each([
  ['keys', 0],
  ['length', 1],
  ['full', 2],
])('mode %s sees %i of a longer and a changed value', async (mode, expected) => {
  await both((c) => c.mset('a', 'xx', 'b', 'yy'));
  await target.client.mset('a', 'xxx', 'b', 'zz');
  expect((await check(source, target, { mode })).brief).toHaveLength(expected);
});

test('a repair makes the target equal to the source', async () => {
  await both((c) => seedMixed(c, { keys: 500, seed: 7 }));
  await target.client.mset('extra1', 'x', 'extra2', 'y');
  await source.client.mset('new1', 'x', 'new2', 'y');
  await source.client.pexpireat('new1', far);
  expect((await check(source, target)).brief).toHaveLength(4);
  await check(source, target, { repair: true });
  expect((await check(source, target)).result.verdict).toBe('consistent');
});

test('writes in flight to a replica are no conflicts, and a planted one is found among them', async () => {
  const replica = await startReplica(source, { args: ['--replica-read-only', 'no'] });
  const writer = await startWriter(source.url, { rate: 2_000, seed: 8 });
  try {
    await seedMixed(source.client, { keys: 2_000, seed: 9 });
    await source.client.set('planted', 'right');
    await source.client.wait(1, 5_000);
    expect((await check(source, replica)).brief).toEqual([]);
    await replica.client.set('planted', 'wrong');
    expect((await check(source, replica)).brief).toEqual(['0 planted value']);
  } finally {
    await writer.stop();
    await replica.stop();
  }
});

test('a server that goes away ends the check with an error, never with a verdict', async () => {
  await both((c) => seedMixed(c, { keys: 20_000, seed: 10 }));
  const running = check(source, target, { rateKeys: 2_000 });
  const outcome = expect(running).rejects.toMatchObject({ code: expect.stringMatching(/^endpoint\./) });
  await waitFor(async () => String(await target.client.client('LIST')).includes('name=cacheferry:check'), {
    what: 'the check',
  });
  await target.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await outcome;
});

test('a check that is stopped says so, and never that all is consistent', async () => {
  await both((c) => seedMixed(c, { keys: 5_000, seed: 11 }));
  const stop = new AbortController();
  await source.client.config('RESETSTAT');
  const running = check(source, target, { rateKeys: 1_000 }, stop.signal);
  const isReading = async () => String(await source.client.info('commandstats')).includes('cmdstat_scan');
  await waitFor(isReading, { what: 'the check to read keys' });
  stop.abort(new Error('enough'));
  const { result, isStopped } = await running;
  expect(isStopped).toBe(true);
  expect(result.verdict).toBe('partial');
  expect(result.keysCompared).toBeLessThan(5_000);
});

test('a sample takes about as many keys as asked, the same each time, and finds what is among them', async () => {
  await both((c) => seedMixed(c, { keys: 10_000, seed: 12 }));
  const first = await check(source, target, { mode: 'sample:1000' });
  const second = await check(source, target, { mode: 'sample:1000' });
  expect(first.result.keysCompared).toBe(second.result.keysCompared);
  expect(first.result.keysCompared).toBeGreaterThan(800);
  expect(first.result.keysCompared).toBeLessThan(1_200);
  await target.client.flushall();
  const missing = await check(source, target, { mode: 'sample:1000' });
  expect(missing.brief).toHaveLength(first.result.keysCompared);
});

test('a user who may not read a value is told so, and the key is not called equal', async () => {
  await both((c) => seedMixed(c, { keys: 50, seed: 13 }));
  const limited = await startRedis({ acl: ['user default on nopass ~* &* +@all -dump'] });
  try {
    await limited.client.set('k', 'v');
    await source.client.flushall();
    await source.client.set('k', 'w');
    await expect(check(limited, source)).rejects.toMatchObject({ code: 'endpoint.no_permission' });
  } finally {
    await limited.stop();
  }
});

test('a large difference is counted whole and listed up to the limit', async () => {
  await source.client.eval(`for i=1,3000 do redis.call('SET', 'k' .. i, i) end`, 0);
  const { result, conflicts } = await check(source, target, { maxConflicts: 100 });
  expect(conflicts).toHaveLength(100);
  expect(result.conflicts).toEqual({ missing: 3000 });
});

test('a library of functions that the target lacks, or has with other code, is named', async () => {
  const load = ({ client }: RedisServer, name: string, value: number) =>
    client.call(
      'FUNCTION',
      'LOAD',
      `#!lua name=${name}\nredis.register_function('${name}', function() return ${value} end)`,
    );
  await Promise.all([source, target].map((end) => load(end, 'same', 1)));
  expect((await check(source, target)).warnings).toEqual([]);
  await load(source, 'lacking', 1);
  await load(source, 'other', 1);
  await load(target, 'other', 2);
  await load(target, 'theirs', 1);
  const { warnings, result } = await check(source, target);
  expect(warnings.join()).toMatch(/^Libraries of functions .*"lacking, other"/);
  expect(result.verdict).toBe('consistent');
  await Promise.all([source, target].map(({ client }) => client.call('FUNCTION', 'FLUSH')));
});

test('a database named in the address narrows the check to it', async () => {
  await source.client.set('k', '1');
  await source.connect({ db: 4 }).set('other', '1');
  const { brief } = await check({ ...asAddress(source), db: 4 }, asAddress(target));
  expect(brief).toEqual(['4 other missing']);
});
