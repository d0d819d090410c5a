import { hasServer, type RedisServer, startRedis, stopEverything, tempDir, waitFor } from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { Remakes } from './expiry-remakes.ts';
import { expectEqual, Migration } from './migration.ts';

afterAll(() => stopEverything());

describe('a key that the target drops just before a command makes it anew there', () => {
  test.concurrent.each([
    ['redis@7.0', 'redis@7.0'],
    ['redis@7.0', 'valkey@8.0'],
  ] as const)('comes out as the source has it: %s to %s', { timeout: 60_000 }, async (from, to) => {
    const [source, target] = await Promise.all([startRedis({ version: from }), startRedis({ version: to })]);
    const pair = { source, target };
    const run = new Migration(pair);
    await run.caughtUp(source);
    const all = new Remakes(pair);
    const rest = all.noise();
    await all.begin();
    await all.remake(run.dir);
    await all.extend();
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
    const all = new Remakes(pair);
    const rest = all.noise();
    await all.begin();
    await all.remake(dir);
    await run.stop();
    await all.extend();
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
    const rest = new Remakes({ source, target }).noise();
    const later = Date.now() + 600_000;
    const keys = ['longer', 'endless', 'whole', 'counted', 'counted:endless'];
    for (const key of keys) {
      await source.client.hset(key, 'f', '41', 'g', '2');
      await source.client.call('HPEXPIREAT', key, later, 'FIELDS', 2, 'f', 'g');
    }
    await run.caughtUp(source);
    await target.client.hdel('longer', 'f');
    await target.client.hdel('endless', 'f');
    await target.client.del('whole');
    await target.client.hdel('counted', 'f');
    await target.client.hdel('counted:endless', 'f');
    await Promise.all([
      source.client.call('HPEXPIREAT', 'longer', later + 60_000, 'FIELDS', 1, 'f'),
      source.client.call('HPERSIST', 'endless', 'FIELDS', 1, 'f'),
      source.client.call('HPEXPIREAT', 'whole', later + 60_000, 'FIELDS', 2, 'f', 'g'),
      source.client.hincrby('counted', 'f', 1),
      source.client.call('HPEXPIREAT', 'counted', later + 60_000, 'FIELDS', 2, 'g', 'f'),
      source.client.hincrby('counted:endless', 'f', 1),
      source.client.call('HPERSIST', 'counted:endless', 'FIELDS', 2, 'f', 'g'),
    ]);
    rest();
    await run.caughtUp(source);
    const times = (server: RedisServer, key: string) =>
      server.client.call('HPEXPIRETIME', key, 'FIELDS', 2, 'f', 'g') as Promise<number[]>;
    for (const key of keys) {
      const f = key.startsWith('counted') ? '42' : '41';
      expect(await target.client.hgetall(key), key).toEqual({ f, g: '2' });
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
