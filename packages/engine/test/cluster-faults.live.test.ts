import {
  type RedisCluster,
  type RedisServer,
  seedMixed,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { begin, finish, killOften, type Run } from './killing.ts';
import { expectEqualSoon, Migration } from './migration.ts';
import { MovingSlots } from './moving-slots.ts';

afterEach(() => stopEverything());

/** Slots of keys that are written to. */
async function slotsOf(source: RedisServer, cluster: RedisCluster): Promise<number[]> {
  const keys = (await source.client.keys('*')).slice(0, 60);
  return Promise.all(keys.map(async (key) => Number(await cluster.client.cluster('KEYSLOT', key))));
}

/** MIGRATE hands over how long a key has left to live, so its expiry drifts by some milliseconds with each move. */
const moving = { ttlToleranceMs: 100 };

describe('slots that move on the target', () => {
  test('while it is written to cost nothing', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    await seedMixed(source.client, { keys: 2_000 });
    const writer = await startWriter(source.url, { rate: 1_500 });
    const migration = new Migration({ source, target }, { options: { batch: 64 } });
    await waitFor(async () => (await migration.status()).keysDone > 0, { deadlineMs: 30_000 });
    const moves = new MovingSlots(target, await slotsOf(source, target));
    await moves.until(20);
    await writer.stop();
    await moves.stop();
    await migration.caughtUp(source);
    await expectEqualSoon(source, target, moving);
    const { errors } = await migration.status();
    expect(errors).not.toHaveProperty(['target.command_failed']);
    await migration.stop();
  });
});

describe('a replica of the target that takes over', () => {
  test.each(['during the copy', 'during the stream'])(
    '%s, and lacks what its primary had acknowledged',
    async (when) => {
      const [source, target] = await Promise.all([startRedis(), startCluster({ replicas: 1 })]);
      await seedMixed(source.client, { keys: 4_000 });
      const writer = await startWriter(source.url, { rate: 1_000 });
      const isCopy = when === 'during the copy';
      const migration = new Migration({ source, target }, { options: isCopy ? { rateKeys: 1_500 } : {} });
      if (isCopy) await waitFor(async () => (await migration.status()).keysDone > 1_000, { deadlineMs: 30_000 });
      else await migration.caughtUp(source).catch(() => {});
      await target.node(3).server.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await target.node(0).server.kill('SIGKILL');
      await target.node(3).server.kill('SIGCONT');
      await target.failover(3, 'takeover');
      await migration.ask({ command: 'rate', rateKeys: 0, rateBytes: 0 });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await writer.stop();
      await migration.caughtUp(source);
      await expectEqualSoon(source, target);
      await migration.stop();
    },
  );
});

test('a replica of the target that takes over while nothing is written gets what it lacks', async () => {
  const [source, target] = await Promise.all([startRedis(), startCluster({ replicas: 1 })]);
  const migration = new Migration({ source, target });
  await migration.caughtUp(source);
  await target.node(3).server.kill('SIGSTOP');
  // More than what waits for it in the system's buffers, which it would still read.
  const fill = "for n = 1, 100 do redis.call('APPEND', 'log:' .. ARGV[1] .. n, string.rep('v', 10000)) end";
  for (let part = 0; part < 60; part++) await source.client.eval(fill, 0, `${part}:`);
  await migration.caughtUp(source);
  await target.node(0).server.kill('SIGKILL');
  await target.node(3).server.kill('SIGCONT');
  await target.failover(3, 'takeover');
  await expectEqualSoon(source, target);
  await migration.stop();
});

describe('an engine that is killed again and again', () => {
  test('while it follows the stream into a cluster whose slots move applies every effect exactly once', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    await seedMixed(source.client, { keys: 500 });
    const writer = await startWriter(source.url, { rate: 2_000 });
    const run: Run = { source, target, dir: tempDir('state'), flags: [] };
    await begin(run);
    const moves = new MovingSlots(target, await slotsOf(source, target));
    expect(await killOften(run, 8, { leastMs: 300, mostMs: 1_500 })).toEqual([]);
    await Promise.all([writer.stop(), moves.stop()]);
    await finish(run, moving);
  });

  test('while it copies into a cluster takes up the copy, and trips over none of its own keys', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    await seedMixed(source.client, { keys: 8_000 });
    const writer = await startWriter(source.url, { rate: 500 });
    const run: Run = { source, target, dir: tempDir('state'), flags: ['--rate-keys', '3000', '--batch', '50'] };
    expect(await killOften(run, 5, { leastMs: 300, mostMs: 1_000 })).toEqual([]);
    await writer.stop();
    await finish({ ...run, flags: [] }, moving);
    expect(Number((await source.info('stats')).sync_full)).toBeLessThan(4);
  });
});
