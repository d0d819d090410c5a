import { randomBytes } from 'node:crypto';
import { faultProxy, hasServer, startRedis, startReplica, stopEverything } from '@cacheferry/testkit';
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

test('a big key that becomes another while it is looked at is looked at again', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  for (const { client } of [source, target])
    await client.eval(`for i=1,120000 do redis.call('HSET', 'hash', i, redis.sha1hex(i)) end`, 0);
  await target.client.hset('hash', '7', 'other');
  const proxy = await faultProxy({ port: source.port });
  proxy.faults.latencyMs = 20;
  const slow = { host: proxy.host, port: proxy.port, bareUrl: proxy.url } as const;
  let changed: Promise<unknown> | null = null;
  const change = async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await source.client.set('hash', 'short');
  };
  const { brief } = await check(slow, target, {
    rounds: 5,
    onProgress: ({ phase }) => {
      if (phase === 'looking_again') changed ??= change();
    },
  });
  await changed;
  expect(brief).toEqual(['0 hash type']);
});

test('a big list that is written all the time is not called different for items in other places', async () => {
  const source = await startRedis();
  const target = await startReplica(source);
  const few = [randomBytes(6_000), randomBytes(6_000)];
  const items = Array.from(randomBytes(1_500), (byte) => few[byte % 2] as Buffer);
  await source.client.rpush('list', ...items);
  const proxy = await faultProxy({ port: target.port });
  proxy.faults.latencyMs = 20;
  const late = { host: proxy.host, port: proxy.port, bareUrl: proxy.url } as const;
  const work = setInterval(() => void source.client.lmove('list', 'list', 'RIGHT', 'LEFT'), 3);
  try {
    const { brief, result } = await check(source, late);
    expect(brief).toEqual([]);
    // Nobody saw it stand still.
    expect(result.verdict).toBe('partial');
  } finally {
    clearInterval(work);
  }
  await source.client.wait(1, 5_000);
  expect((await check(source, late)).result.verdict).toBe('consistent');
});
