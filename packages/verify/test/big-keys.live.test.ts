import { type Client, type RedisServer, startRedis } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from './open-check.ts';

let source: RedisServer;
let target: RedisServer;
const far = 4_102_444_800_000;
const count = 120_000;

/** Fills `k` with values that hardly pack, so that its payload is about 5 MB on each side. */
const fillers: Record<string, string> = {
  string: `for i=1,${count} do redis.call('APPEND', KEYS[1], redis.sha1hex(i)) end`,
  list: `for i=1,${count} do redis.call('RPUSH', KEYS[1], redis.sha1hex(i)) end`,
  set: `for i=1,${count} do redis.call('SADD', KEYS[1], redis.sha1hex(i)) end`,
  zset: `for i=1,${count} do redis.call('ZADD', KEYS[1], i * 1.5, redis.sha1hex(i)) end`,
  hash: `for i=1,${count} do redis.call('HSET', KEYS[1], i, redis.sha1hex(i)) end`,
  stream: `for i=1,${count} do redis.call('XADD', KEYS[1], i .. '-1', 'f', redis.sha1hex(i)) end
    redis.call('XGROUP', 'CREATE', KEYS[1], 'g', '0')
    redis.call('XREADGROUP', 'GROUP', 'g', 'ann', 'COUNT', 3000, 'STREAMS', KEYS[1], '>')`,
};

beforeAll(async () => {
  [source, target] = await Promise.all([startRedis(), startRedis()]);
  await Promise.all([source, target].map(fill));
});
afterAll(() => Promise.all([source.stop(), target.stop()]));

async function fill({ client }: RedisServer): Promise<void> {
  for (const [type, script] of Object.entries(fillers)) await client.eval(script, 1, type);
}

const member = (client: Client, script: string) => client.eval(`return redis.sha1hex(${script})`, 0) as Promise<string>;

describe('values too big to be held', () => {
  test('are consistent when they are equal, although their bytes may lie in another order', async () => {
    const { result, brief } = await check(source, target);
    expect(brief).toEqual([]);
    expect(result).toMatchObject({ verdict: 'consistent', keysCompared: 6 });
  });

  type Act = (c: Client) => Promise<unknown>;
  type Change = { name: string; expected: string; at: string; change: Act; undo: Act };
  const hex = async (c: Client, n: number) => member(c, String(n));
  const changes: Change[] = [
    {
      name: 'the first byte of a string',
      expected: 'string value',
      at: 'byte 0',
      change: (c) => c.setrange('string', 0, '~'),
      undo: (c) => c.setrange('string', 0, '3'),
    },
    {
      name: 'the last byte of a string',
      expected: 'string value',
      at: `byte ${count * 40}`,
      change: (c) => c.append('string', '~'),
      undo: (c) => cutString(c),
    },
    {
      name: 'a list item in the middle',
      expected: 'list value',
      at: 'index 60000',
      change: (c) => c.lset('list', 60_000, 'x'),
      undo: async (c) => c.lset('list', 60_000, await hex(c, 60_001)),
    },
    {
      name: 'a set member',
      expected: 'set value',
      at: 'member',
      change: async (c) => c.srem('set', await hex(c, 777)),
      undo: async (c) => c.sadd('set', await hex(c, 777)),
    },
    {
      name: 'an extra set member',
      expected: 'set value',
      at: 'member new',
      change: (c) => c.sadd('set', 'new'),
      undo: (c) => c.srem('set', 'new'),
    },
    {
      name: 'a score',
      expected: 'zset value',
      at: 'member',
      change: async (c) => c.zadd('zset', 7.25, await hex(c, 5)),
      undo: async (c) => c.zadd('zset', 7.5, await hex(c, 5)),
    },
    {
      name: 'a hash value',
      expected: 'hash value',
      at: 'field 5',
      change: (c) => c.hset('hash', '5', 'x'),
      undo: async (c) => c.hset('hash', '5', await hex(c, 5)),
    },
    {
      name: 'an extra hash field',
      expected: 'hash value',
      at: 'field new',
      change: (c) => c.hset('hash', 'new', 'x'),
      undo: (c) => c.hdel('hash', 'new'),
    },
    {
      name: 'a time to live',
      expected: 'hash ttl',
      at: 'key',
      change: (c) => c.pexpireat('hash', far),
      undo: (c) => c.persist('hash'),
    },
    {
      name: 'a pending entry of a stream',
      expected: 'stream group',
      at: 'group g, pending 1-1',
      change: (c) => c.call('XCLAIM', 'stream', 'g', 'bob', '0', '1-1', 'JUSTID'),
      undo: async () => {},
    },
    {
      name: 'an entry of a stream',
      expected: 'stream value',
      at: `entry ${count}-1`,
      change: (c) => c.xdel('stream', `${count}-1`),
      undo: async () => {},
    },
  ];
  const cutString = async (c: Client) => {
    await c.del('string');
    await c.eval(fillers.string ?? '', 1, 'string');
  };

  test.each(changes)('show $name', async ({ expected, at, change, undo }) => {
    await change(target.client);
    const { brief, conflicts, result } = await check(source, target);
    const wanted = expected.startsWith('stream') ? brief.filter((line) => line.includes(expected)) : brief;
    expect(wanted).toEqual([`0 ${expected}`]);
    expect(result.verdict).toBe('inconsistent');
    const [type, name] = expected.split(' ');
    const record = conflicts.find((conflict) => conflict.type === type && conflict.class === name);
    expect(record?.detail.differences?.map((difference) => difference.at).join()).toContain(at);
    await undo(target.client);
  });

  test('are told once when they are missing, extra, or of another type', async () => {
    await target.client.rename('list', 'list2');
    await target.client.del('hash');
    await target.client.set('hash', 'short');
    const { brief } = await check(source, target);
    expect(brief.filter((line) => !line.includes('stream'))).toEqual([
      '0 hash type',
      '0 list missing',
      '0 list2 extra',
    ]);
  });
});
