import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { EngineEvent } from '@cacheferry/contract';
import {
  compareDumps,
  dumpAll,
  type RedisServer,
  runFerry,
  startRedis,
  stopEverything,
  tempDir,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from '../migration.ts';

afterEach(() => stopEverything());

/** One collection of each kind, each of some megabytes. */
async function seedBig({ client }: RedisServer): Promise<void> {
  const text = (n: number) => `${n} ${'x'.repeat(100 + (n % 50))}`;
  const all = Array.from({ length: 20_000 }, (_, n) => n);
  await client.rpush('list', ...all.map(text));
  await client.sadd('set', ...all.map(text));
  await client.zadd('zset', ...all.flatMap((n) => [n % 7 === 0 ? -n / 3 : n * 1e10, text(n)]));
  await client.hset('hash', ...all.flatMap((n) => [`field ${n}`, text(n)]));
  await client.select(3);
  await client.rpush('list', ...all.map(text));
  await client.select(0);
  await client.pexpireat('zset', Date.now() + 86_400_000);
  await client.set('small', 'x');
}

const small = ['--proto-max-bulk-len', '1048576'];
/** So that values are as large in its RDB as they are. */
const plain = ['--rdbcompression', 'no'];

describe('a collection above the bulk limit of the target', () => {
  test('arrives whole under its name, with its expiry, by the full sync of a server', async () => {
    const [source, target] = await Promise.all([startRedis({ args: plain }), startRedis({ args: small })]);
    await seedBig(source);
    const run = new Migration({ source, target }, { mode: 'full' });
    const { snapshot } = await run.end;
    expect([snapshot.lost, snapshot.keysDone]).toEqual([{}, 6]);
    await expectEqual(source, target);
    expect(await target.client.keys('cf:*')).toEqual([]);
  });

  test('is seen by readers whole or not at all', async () => {
    const [source, target] = await Promise.all([startRedis({ args: plain }), startRedis({ args: small })]);
    await seedBig(source);
    const run = new Migration({ source, target }, { mode: 'full', options: { rateBytes: 3_000_000 } });
    const seen = new Set<number>();
    let isDone = false;
    void run.end.finally(() => {
      isDone = true;
    });
    while (!isDone) seen.add(await target.client.llen('list'));
    await run.end;
    expect([...seen].filter((length) => length !== 0 && length !== 20_000)).toEqual([]);
  });

  test.each([
    ['overwrite', 20_000, null],
    ['skip', 1, null],
    ['fail', 1, 'target.key_exists'],
  ] as const)('meets a key that is there by the policy %s', async (onConflict, length, code) => {
    const [source, target] = await Promise.all([startRedis({ args: plain }), startRedis({ args: small })]);
    await seedBig(source);
    await target.client.rpush('list', 'mine');
    const run = new Migration({ source, target }, { mode: 'full', options: { onConflict } });
    if (code) await expect(run.end).rejects.toMatchObject({ code });
    else expect((await run.end).snapshot.keysSkipped).toBe(onConflict === 'skip' ? 1 : 0);
    expect(await target.client.llen('list')).toBe(length);
  });

  test('with one element that is too large is counted as lost, and leaves nothing', async () => {
    const [source, target] = await Promise.all([startRedis({ args: plain }), startRedis({ args: small })]);
    await seedBig(source);
    await source.client.rpush('list', 'y'.repeat(1_100_000));
    const { snapshot } = await new Migration({ source, target }, { mode: 'full', options: { accept: ['too_large'] } })
      .end;
    expect(snapshot.lost).toEqual({ too_large: 1 });
    expect([await target.client.exists('list'), await target.client.dbsize()]).toEqual([0, 4]);
  });
});

describe('a long string', () => {
  test.each([
    ['as it is', plain, () => randomBytes(1_048_576)],
    ['packed', [], () => Buffer.from(randomBytes(400_000).toString('hex').padEnd(1_048_576, 'abcdefg'))],
  ])('(%s) as long as the target takes arrives, though its RESTORE would be longer', async (_, args, make) => {
    const [source, target] = await Promise.all([startRedis({ args }), startRedis({ args: small })]);
    await source.client.set('text', make(), 'PX', 86_400_000);
    const { snapshot } = await new Migration({ source, target }, { mode: 'full' }).end;
    expect([snapshot.lost, snapshot.keysDone]).toEqual([{}, 1]);
    await expectEqual(source, target);
  });

  test('is seen by readers whole or not at all', async () => {
    const [source, target] = await Promise.all([startRedis({ args: plain }), startRedis()]);
    await source.client.set('text', randomBytes(30_000_000));
    const run = new Migration({ source, target }, { mode: 'full', options: { rateBytes: 20_000_000 } });
    const seen = new Set<number>();
    let isDone = false;
    void run.end.finally(() => {
      isDone = true;
    });
    while (!isDone) seen.add(await target.client.strlen('text'));
    await run.end;
    expect([...seen].filter((length) => length !== 0 && length !== 30_000_000)).toEqual([]);
    await expectEqual(source, target);
    expect(await target.client.keys('cf:*')).toEqual([]);
  });

  test.each([
    ['overwrite', 20_000_000, null],
    ['skip', 4, null],
    ['fail', 4, 'target.key_exists'],
  ] as const)('meets a key that is there by the policy %s', async (onConflict, length, code) => {
    const [source, target] = await Promise.all([startRedis({ args: plain }), startRedis()]);
    await source.client.set('text', randomBytes(20_000_000));
    await target.client.set('text', 'mine');
    const run = new Migration({ source, target }, { mode: 'full', options: { onConflict } });
    if (code) await expect(run.end).rejects.toMatchObject({ code });
    else await run.end;
    expect(await target.client.strlen('text')).toBe(length);
    expect(await target.client.keys('cf:ck:*:big:*')).toEqual([]);
  });
});

test('a string of 300 MB goes from server to server without being held', async () => {
  const debug = ['--enable-debug-command', 'local'];
  const [source, target] = await Promise.all([startRedis({ args: [...plain, ...debug] }), startRedis({ args: debug })]);
  await source.client.setrange('text', 299_999_999, 'x');
  await source.client.setrange('text', 150_000_000, randomBytes(1_000_000));
  const { code, stdout, stderr } = await runFerry(['migrate', source.url, target.url, '--mode', 'full', '--json'], {
    deadlineMs: 120_000,
  });
  expect(code, stderr).toBe(0);
  const digest = ({ client }: RedisServer) => client.call('DEBUG', 'DIGEST');
  expect(await digest(target)).toEqual(await digest(source));
  expect(peakOf(stdout)).toBeLessThan(150 * 1024 * 1024);
});

/** The most memory that a run has shown. */
function peakOf(stdout: string): number {
  const events = stdout.trim().split('\n');
  const rss = events
    .map((line) => JSON.parse(line) as EngineEvent)
    .map((event) => (event.type === 'progress' ? Number(event.rssBytes) : 0));
  return Math.max(...rss);
}

test('a hash of millions of fields streams from a file without being held', async () => {
  const dir = tempDir('rdb');
  const source = await startRedis({ args: ['--dir', dir, '--rdbcompression', 'no'] });
  const fill = `for n = 1, 100000 do redis.call('HSET', KEYS[1], 'field:' .. ARGV[1] .. ':' .. n, string.rep('v', 100)) end`;
  for (let part = 0; part < 20; part++) await source.client.eval(fill, 1, 'hash', String(part));
  await source.client.save();
  const target = await startRedis();
  const { code, stdout, stderr } = await runFerry(
    ['migrate', `rdb:${path.join(dir, 'dump.rdb')}`, target.url, '--json'],
    { deadlineMs: 120_000 },
  );
  expect(code, stderr).toBe(0);
  expect(await target.client.hlen('hash')).toBe(2_000_000);
  expect(await target.client.hget('hash', 'field:19:100000')).toBe('v'.repeat(100));
  expect(peakOf(stdout)).toBeLessThan(150 * 1024 * 1024);
});

test('a run that stops in the middle of a large collection begins it anew', async () => {
  const [source, target] = await Promise.all([startRedis({ args: plain }), startRedis({ args: small })]);
  await seedBig(source);
  const state = tempDir('state');
  const first = new Migration({ source, target }, { mode: 'full', options: { rateBytes: 2_000_000 } }, state);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect((await first.stop()).outcome).toBe('stopped');
  await new Migration({ source, target }, { mode: 'full' }, state).end;
  expect(compareDumps(await dumpAll(source.client), await dumpAll(target.client))).toEqual([]);
});
