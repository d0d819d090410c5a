import {
  type Client,
  hasServer,
  type RedisServer,
  type ServerVersion,
  seedMixed,
  startRedis,
} from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from './open-check.ts';

const pairs: [ServerVersion, ServerVersion][] = [
  ['redis@7.0', 'valkey@8.1'],
  ['valkey@8.1', 'redis@7.0'],
  ['redis@6.0', 'redis@8.0'],
  ['redis@8.0', 'valkey@8.1'],
  ['redis@8.0', 'valkey@9'],
  ['valkey@9', 'redis@7.0'],
];
const far = 4_102_444_800_000;

for (const [from, to] of pairs) {
  const isHere = (await hasServer(from)) && (await hasServer(to));
  describe.skipIf(!isHere)(`${from} against ${to}`, () => {
    let source: RedisServer;
    let target: RedisServer;
    const both = (write: (client: Client) => Promise<unknown>) =>
      Promise.all([source, target].map((s) => write(s.client)));
    beforeAll(async () => {
      [source, target] = await Promise.all([startRedis({ version: from }), startRedis({ version: to })]);
    });
    afterAll(() => Promise.all([source.stop(), target.stop()]));

    test('the same data in other encodings is consistent, in whatever mode', async () => {
      await both(async (c) => {
        await seedMixed(c, { keys: 1_500, seed: 3, ttlShare: 0, dbs: [0, 1] });
        await c.call('ZADD', 'zz', '0.1', 'a', '1e300', 'b', '-inf', 'c');
        await c.call('SET', 'timed', 'x');
        await c.call('PEXPIREAT', 'timed', far);
      });
      for (const mode of ['full', 'length', 'keys', 'sample:200']) {
        const { brief, result } = await check(source, target, { mode });
        expect(brief, mode).toEqual([]);
        expect(result.verdict, mode).toBe('consistent');
      }
    });

    test('one difference of each kind is found, each once', async () => {
      const { client } = target;
      await client.del('zz');
      await client.zadd('zz', '0.10000000000000002', 'a', '1e300', 'b', '-inf', 'c');
      await client.pexpireat('timed', far + 60_000);
      await client.set('only here', '1');
      const { brief } = await check(source, target);
      expect(brief).toEqual(['0 only here extra', '0 timed ttl', '0 zz value']);
    });

    test('a repair writes values in a form that the target reads', async () => {
      const { client } = source;
      await client.sadd('rs', 'a', 'b', 'c');
      await client.hset('rh', { a: '1', b: '2' });
      await client.zadd('rz', 1, 'a', 2, 'b');
      await client.rpush('rl', 'a', 'b');
      await client.xadd('rx', '1-1', 'f', 'v');
      await client.pexpireat('rs', far);
      const { result } = await check(source, target, { repair: true });
      expect(result.verdict).toBe('consistent');
      expect((await check(source, target)).brief).toEqual([]);
    });
  });
}

describe.skipIf(!(await hasServer('redis@8.0')))('expiries of hash fields', () => {
  test('differ as a time to live, by the field', async () => {
    const [source, target] = await Promise.all([
      startRedis({ version: 'redis@8.0' }),
      startRedis({ version: 'redis@8.0' }),
    ]);
    try {
      for (const { client } of [source, target]) {
        await client.hset('h', { a: '1', b: '2' });
        await client.call('HPEXPIREAT', 'h', far, 'FIELDS', '1', 'a');
      }
      expect((await check(source, target)).brief).toEqual([]);
      await target.client.call('HPEXPIREAT', 'h', far + 1, 'FIELDS', '1', 'a');
      const { brief, conflicts } = await check(source, target);
      expect(brief).toEqual(['0 h ttl']);
      expect(conflicts[0]?.detail.differences?.map(({ at }) => at)).toEqual(['field a']);
    } finally {
      await Promise.all([source.stop(), target.stop()]);
    }
  });
});
