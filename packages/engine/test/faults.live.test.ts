import {
  faultProxy,
  type RedisServer,
  seedMixed,
  startRedis,
  startWriter,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

async function livePair(
  args: readonly string[] = [],
): Promise<{ source: RedisServer; target: RedisServer; run: Migration }> {
  const [source, target] = await Promise.all([startRedis(), startRedis({ args })]);
  await seedMixed(source.client, { keys: 300 });
  const run = new Migration({ source, target });
  await run.caughtUp(source);
  return { source, target, run };
}

const reported = (run: Migration, code: string) =>
  waitFor(() => run.codes().includes(code), { what: `${code} in ${run.codes()}` });

describe('a target that is in trouble', () => {
  test('without memory is waited for, reported, and misses nothing afterwards', async () => {
    const { source, target, run } = await livePair();
    await target.client.config('SET', 'maxmemory', '1');
    for (let n = 0; n < 50; n++) await source.client.multi().incr('n').lpush('l', n).exec();
    await reported(run, 'target.out_of_memory');
    expect(await target.client.get('n')).toBeNull();
    await target.client.config('SET', 'maxmemory', '0');
    await run.caughtUp(source);
    await expectEqual(source, target);
    await run.stop();
  });

  test('without memory during the full sync is waited for too', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 3_000 });
    const run = new Migration({ source, target }, { mode: 'full', options: { rateKeys: 2_000, batch: 100 } });
    await waitFor(async () => (await target.client.dbsize()) > 300);
    await target.client.config('SET', 'maxmemory', '1');
    await reported(run, 'target.out_of_memory');
    await target.client.config('SET', 'maxmemory', '0');
    await run.end;
    await expectEqual(source, target);
  });

  test('with too few replicas is waited for', async () => {
    const { source, target, run } = await livePair();
    await target.client.config('SET', 'min-replicas-to-write', '1');
    await source.client.incr('n');
    await reported(run, 'endpoint.too_few_replicas');
    await target.client.config('SET', 'min-replicas-to-write', '0');
    await run.caughtUp(source);
    await expectEqual(source, target);
    await run.stop();
  });

  test('that is a replica says so, and goes on when it is a primary again', async () => {
    const { source, target, run } = await livePair();
    const primary = await startRedis();
    await primary.kill('SIGSTOP');
    await target.client.replicaof(primary.host, primary.port);
    await source.client.incr('n');
    await reported(run, 'target.read_only');
    await target.client.replicaof('NO', 'ONE');
    await primary.kill('SIGCONT');
    await run.caughtUp(source);
    await expectEqual(source, target);
    await run.stop();
  });

  test('that restarts with its data is found again, and every effect is there once', async () => {
    const { source, target, run } = await livePair(['--appendonly', 'yes', '--appendfsync', 'always']);
    const writer = await startWriter(source.url, { rate: 1_000 });
    await waitFor(() => writer.counts.acked > 500);
    await target.restart('SIGKILL');
    await waitFor(() => writer.counts.acked > 3_000, { deadlineMs: 20_000 });
    await writer.stop();
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    await run.stop();
  });

  test('that restarts empty ends the run instead of being half filled', async () => {
    const { source, target, run } = await livePair();
    await target.restart('SIGKILL');
    await source.client.incr('n');
    await expect(run.end).rejects.toMatchObject({ code: 'target.lost_history' });
    expect(await target.client.dbsize()).toBe(0);
  });

  test('that is flushed by somebody else ends the run', async () => {
    const { source, target, run } = await livePair();
    await target.client.flushall();
    await source.client.incr('n');
    await expect(run.end).rejects.toMatchObject({ code: 'target.lost_history' });
    expect(await target.client.exists('n')).toBe(0);
  });

  test('that differs from the source by a foreign write fails the command, counts it and goes on', async () => {
    const { source, target, run } = await livePair();
    await target.client.set('foreign', 'text');
    await source.client.lpush('foreign', 'a');
    await source.client.incr('after');
    await run.caughtUp(source);
    expect(await target.client.get('after')).toBe('1');
    expect((await run.status()).lost).toEqual({ command: 1 });
    expect((await run.status()).errors).toEqual({ 'target.command_failed': 1 });
    await run.stop();
  });
});

describe('a link that breaks', () => {
  test('to the target in the middle of replies loses and doubles nothing', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const proxy = await faultProxy({ port: target.port });
    await seedMixed(source.client, { keys: 300 });
    const run = new Migration({ source, target: proxy });
    await run.caughtUp(source);
    const writer = await startWriter(source.url, { rate: 2_000 });
    for (let n = 0; n < 12; n++) {
      proxy.set({ cutDown: 300 + n * 97 });
      const { accepted } = proxy;
      await waitFor(() => proxy.accepted > accepted, { deadlineMs: 20_000 });
    }
    proxy.heal();
    await writer.stop();
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    expect(run.codes()).toContain('endpoint.link_lost');
    await run.stop();
  });

  test('to the source is made again without a full sync', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const proxy = await faultProxy({ port: source.port });
    await seedMixed(source.client, { keys: 300 });
    const run = new Migration({ source: proxy, target });
    await run.caughtUp(source);
    const writer = await startWriter(source.url, { rate: 1_000 });
    for (let n = 0; n < 4; n++) {
      const { accepted } = proxy;
      proxy.cut();
      await waitFor(() => proxy.accepted > accepted, { deadlineMs: 20_000 });
    }
    await writer.stop();
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    expect((await source.info('stats')).sync_full).toBe('1');
    await run.stop();
  });
});
