import { mkdirSync, rmSync } from 'node:fs';
import {
  dumpAll,
  faultProxy,
  type RedisServer,
  seedMixed,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from './migration.ts';

afterEach(() => stopEverything());

/** All that a server holds, a migration's own notes included. */
const everythingOn = async (server: RedisServer) => [...(await dumpAll(server.client))].sort();

describe('a checkpoint that nobody wrote so', () => {
  test.each([
    ['cut off', (text: string) => text.slice(0, 60)],
    ['with a bit turned over', (text: string) => text.replace(/:stream:/, ':strea-:')],
    ['empty', () => ''],
  ])('%s ends the run with its code, and nothing is written', async (_, damage) => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 100 });
    const dir = tempDir('state');
    const first = new Migration({ source, target }, {}, dir);
    await first.caughtUp(source);
    await first.stop();
    const [key = ''] = await target.client.keys('cf:ck:*');
    await target.client.hset(key, 'shard:0', damage(String(await target.client.hget(key, 'shard:0'))));
    await source.client.incr('n');
    const before = (await everythingOn(target)).filter(([name]) => !name.startsWith('0 cf:'));
    const run = new Migration({ source, target }, {}, dir);
    await expect(run.end).rejects.toMatchObject({ code: 'checkpoint.corrupt' });
    expect((await everythingOn(target)).filter(([name]) => !name.startsWith('0 cf:'))).toEqual(before);
    expect(run.of('done')).toMatchObject([{ outcome: 'failed', code: 'checkpoint.corrupt' }]);
  });
});

describe('a byte of the stream that is damaged on its way', () => {
  test.each([
    ['where a command begins', 0],
    ['where a length stands', 1],
    ['where a line ends', 2],
    ['where an argument begins', 4],
  ])('%s is noticed, told and fetched again', async (_, flipDown) => {
    const [source, target] = await Promise.all([
      startRedis({ args: ['--repl-ping-replica-period', '3600'] }),
      startRedis(),
    ]);
    await seedMixed(source.client, { keys: 100 });
    const proxy = await faultProxy({ port: source.port });
    const run = new Migration({ source: proxy, target });
    await run.caughtUp(source);
    await source.client.incr('n');
    await run.caughtUp(source);
    proxy.set({ flipDown });
    await source.client.incr('n');
    await source.client.rpush('l', 1, 2, 3);
    await waitFor(() => run.codes().includes('stream.damaged'), { what: 'the error' });
    await run.caughtUp(source, 15_000);
    await expectEqual(source, target);
    expect(await target.client.get('n')).toBe('2');
    await run.stop();
  });
});

test('a target whose disk fails refuses writes; it is waited for, and nothing is lost or doubled', async () => {
  const [source, target] = await Promise.all([
    startRedis(),
    startRedis({ args: ['--enable-protected-configs', 'yes'] }),
  ]);
  await seedMixed(source.client, { keys: 100 });
  const run = new Migration({ source, target });
  await run.caughtUp(source);
  rmSync(target.dir, { recursive: true });
  await target.client.config('SET', 'save', '3600 1');
  await target.client.bgsave();
  await waitFor(async () => (await target.info('persistence')).rdb_last_bgsave_status === 'err');
  for (let n = 0; n < 50; n++) await source.client.multi().incr('n').lpush('l', n).exec();
  await waitFor(() => run.codes().length > 0, { what: 'the error' });
  expect(await target.client.exists('n')).toBe(0);
  mkdirSync(target.dir, { recursive: true });
  await target.client.config('SET', 'dir', target.dir);
  await target.client.bgsave();
  await run.caughtUp(source);
  await expectEqual(source, target);
  await run.stop();
});
