import { randomBytes } from 'node:crypto';
import { faultProxy, hasServer, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterAll, expect, test } from 'vitest';
import { check } from './open-check.ts';

afterAll(() => stopEverything());

test.skipIf(!(await hasServer('redis@6.0')))(
  'a time to live is the same although the value with it is long on its way, where a server tells no exact times',
  async () => {
    const servers = await Promise.all([startRedis({ version: 'redis@6.0' }), startRedis()]);
    const at = Date.now() + 3_600_000;
    for (const key of ['a', 'b', 'c']) {
      const value = randomBytes(1_100_000);
      for (const { client } of servers) {
        await client.set(key, value);
        await client.pexpireat(key, at);
      }
    }
    const [source, target] = servers;
    const proxy = await faultProxy({ port: source.port });
    proxy.faults.rate = 2_000_000;
    const slow = { host: proxy.host, port: proxy.port, bareUrl: proxy.url } as const;
    expect((await check(slow, target)).brief).toEqual([]);
    await target.client.pexpireat('b', at + 5_000);
    expect((await check(slow, target)).brief).toEqual(['0 b ttl']);
  },
);
