import { readFileSync } from 'node:fs';
import {
  faultProxy,
  type RedisServer,
  seedMixed,
  startRedis,
  startSentinel,
  startWriter,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

const debugging = ['--enable-debug-command', 'local'];
const reported = (run: Migration, code: string) =>
  waitFor(() => run.codes().includes(code), { deadlineMs: 60_000, what: `${code} in ${run.codes()}` });
const stat = async (server: RedisServer, name: string) => Number((await server.info('stats'))[name]);

/** Adds to a counter and a list: what is lost or doubled shows. */
async function count(server: RedisServer, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await server.client.multi().incr('n').rpush('l', n).exec();
}

/** The processes that a server has forked. */
const childrenOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);

describe('a source', () => {
  test('that is restarted with its replication id is followed on, without a full sync', async () => {
    const [source, target] = await Promise.all([startRedis({ args: ['--save', '3600 1'] }), startRedis()]);
    await seedMixed(source.client, { keys: 300 });
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    await count(source, 50);
    await source.restart('SIGTERM');
    await count(source, 50);
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    expect([await stat(source, 'sync_full'), await stat(source, 'sync_partial_ok')]).toEqual([0, 1]);
    expect(run.codes()).not.toContain('source.restarted');
    await run.stop();
  });

  test('that ends the link because its output buffer is full says so, with the setting to raise', async () => {
    const limit = ['--client-output-buffer-limit', 'replica 1mb 0 0'];
    const [source, target] = await Promise.all([startRedis({ args: limit }), startRedis()]);
    const proxy = await faultProxy({ port: source.port });
    const run = new Migration({ source: proxy, target });
    await run.caughtUp(source);
    await source.client.set('big', '');
    await run.caughtUp(source);
    proxy.set({ rate: 50_000 });
    for (let n = 0; n < 40; n++) await source.client.append('big', String(n % 10).repeat(1_000_000));
    expect(source.log()).toMatch(/closed ASAP for overcoming of output buffer limits/);
    proxy.heal();
    await reported(run, 'source.output_buffer');
    expect(run.of('error').find(({ code }) => code === 'source.output_buffer')?.fix).toMatch(
      /client-output-buffer-limit/,
    );
    await run.caughtUp(source);
    await expectEqual(source, target);
    await run.stop();
  });

  test.each([
    ['by a file', ['--repl-diskless-sync', 'no']],
    ['from memory', ['--repl-diskless-sync', 'yes']],
  ])('whose snapshot is killed is asked for another, %s', async (_, args) => {
    const slow = ['--rdb-key-save-delay', '500', '--enable-protected-configs', 'yes'];
    const [source, target] = await Promise.all([startRedis({ args: [...args, ...slow] }), startRedis()]);
    await seedMixed(source.client, { keys: 4_000 });
    const writer = await startWriter(source.url, { rate: 300 });
    const run = new Migration({ source, target });
    for (let n = 0; n < 2; n++) {
      const child = await waitFor(() => childrenOf(source.pid)[0] ?? null, { deadlineMs: 40_000, what: 'a snapshot' });
      const before = run.codes().length;
      process.kill(Number(child), 'SIGKILL');
      await waitFor(() => run.codes().length > before, { deadlineMs: 20_000, what: 'the trouble to be told' });
    }
    await source.client.config('SET', 'rdb-key-save-delay', '0');
    await writer.stop();
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    expect(run.codes()).toContain('source.sync_failed');
    await run.stop();
  });

  test('that answers nothing for 40 s is not stormed by new links', { timeout: 120_000 }, async () => {
    const [source, target] = await Promise.all([startRedis({ args: debugging }), startRedis()]);
    const proxy = await faultProxy({ port: source.port });
    await seedMixed(source.client, { keys: 300 });
    const run = new Migration({ source: proxy, target });
    await run.caughtUp(source);
    const { accepted } = proxy;
    await source.client.call('DEBUG', 'SLEEP', 40);
    const during = proxy.accepted - accepted;
    expect(during).toBeLessThanOrEqual(4);
    await count(source, 20);
    await run.caughtUp(source);
    await expectEqual(source, target);
    expect(await stat(source, 'sync_full')).toBe(1);
    await run.stop();
  });
});

test('a replica that is promoted at the source though it was behind takes back what only its primary had', async () => {
  const [group, target] = await Promise.all([startSentinel({ replicas: 1 }), startRedis()]);
  const before = await group.primary();
  await seedMixed(before.client, { keys: 500 });
  const run = new Migration({ source: group, target });
  await run.caughtUp(before);
  const replica = group.servers.find((server) => server !== before) as RedisServer;
  await replica.kill('SIGSTOP');
  // More than lies between the two on its way.
  for (let n = 0; n < 30; n++) await before.client.set('filler', Buffer.alloc(1_000_000, n));
  await before.client.set('only there', '1');
  await count(before, 100);
  await run.caughtUp(before);
  expect(await target.client.get('only there')).toBe('1');
  await before.kill();
  await replica.kill('SIGCONT');
  const promoted = await waitFor(
    async () => {
      const now = await group.primary();
      return now === before ? null : now;
    },
    { deadlineMs: 30_000 },
  );
  await count(promoted, 30);
  await run.caughtUp(promoted);
  await expectEqualSoon(promoted, target);
  expect(await target.client.mget('n', 'only there')).toEqual(['30', null]);
  await run.stop();
});
