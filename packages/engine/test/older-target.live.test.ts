import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  hasServer,
  type RedisServer,
  seedMixed,
  type ServerVersion,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

const versions: ServerVersion[] = ['redis@6.0', 'redis@7.0', 'valkey@8.0', 'redis@8.0', 'valkey@8.1', 'valkey@9'];
const pairs = versions.flatMap((from) => versions.map((to) => [from, to] as const)).filter(([from, to]) => from !== to);
const available = await Promise.all(pairs.map(async ([from, to]) => (await hasServer(from)) && (await hasServer(to))));
const hasRedis8 = await hasServer('redis@8.0');
/** What 7.0 added to streams is not known to 6.0. */
const keyKindsWithoutStreams = [
  'text',
  'number',
  'binary',
  'compressible',
  'big-list',
  'int-set',
  'big-set',
  'big-hash',
  'small-hash',
  'small-zset',
  'big-zset',
];
/** Servers before 7.0 tell a time to live, not its end. */
const tolerance = (from: ServerVersion, to: ServerVersion) =>
  from === 'redis@6.0' || to === 'redis@6.0' ? { ttlToleranceMs: 1_000, ignoring: / w:stream/ } : {};
const kinds = (from: ServerVersion, to: ServerVersion) =>
  from === 'redis@6.0' || to === 'redis@6.0' ? { only: keyKindsWithoutStreams } : {};

describe.each(pairs.filter((_, index) => available[index]))('from %s to %s', (from, to) => {
  test('every type and time to live arrives, by the full sync and by the stream', async () => {
    const [source, target] = await Promise.all([startRedis({ version: from }), startRedis({ version: to })]);
    await seedMixed(source.client, { keys: 1_000, dbs: [0, 1], ...kinds(from, to) });
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    const writer = await startWriter(source.url, { rate: 1_000 });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await writer.stop();
    await run.caughtUp(source);
    await expectEqualSoon(source, target, tolerance(from, to));
    expect((await run.status()).lost).toEqual({});
    await run.stop();
  });
});

describe('what a target cannot hold', () => {
  test.skipIf(!hasRedis8)(
    'is counted by class, the rest arrives, and the run ends as incomplete unless that was accepted',
    async () => {
      const [source, target] = await Promise.all([startRedis({ version: 'redis@8.0' }), startRedis()]);
      await source.client.call('HSET', 'h', 'a', '1', 'b', '2');
      await source.client.call('HPEXPIREAT', 'h', String(Date.now() + 3_600_000), 'FIELDS', '1', 'a');
      await source.client.set('other', 'x');
      const refused = new Migration({ source, target }, { mode: 'full' });
      await expect(refused.end).rejects.toMatchObject({ code: 'migration.incomplete', facts: { count: 1 } });
      expect(await target.client.hgetall('h')).toEqual({ a: '1', b: '2' });
      expect(refused.of('log').find((line) => line.class === 'field_ttl')).toMatchObject({ key: 'h', count: 1 });
      await target.client.flushall();
      const accepted = new Migration({ source, target }, { mode: 'full', options: { accept: ['field_ttl'] } });
      expect((await accepted.end).snapshot.lost).toEqual({ field_ttl: 1 });
    },
  );

  test.skipIf(!hasRedis8)('fields that have expired do not come back where expiries are not known', async () => {
    const args = ['--enable-debug-command', 'yes'];
    const [source, target] = await Promise.all([startRedis({ version: 'redis@8.0', args }), startRedis()]);
    await source.client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    for (const key of ['some', 'all']) {
      await source.client.hset(key, { a: '1', b: '2', c: '3' });
      await source.client.call('HPEXPIRE', key, '1', 'FIELDS', '2', 'a', 'b');
    }
    await source.client.call('HPEXPIRE', 'all', '1', 'FIELDS', '1', 'c');
    await waitFor(async () => (await source.client.hgetall('all')).c === undefined);
    const { snapshot } = await new Migration({ source, target }, { mode: 'full' }).end;
    expect(await target.client.hgetall('some')).toEqual({ c: '3' });
    expect(await target.client.exists('all')).toBe(0);
    expect(snapshot).toMatchObject({ lost: {}, keysSkipped: 1 });
  });

  test.skipIf(!hasRedis8)('what HSETEX wrote arrives where it is not known, without its expiry', async () => {
    const [source, target] = await Promise.all([startRedis({ version: 'redis@8.0' }), startRedis()]);
    const run = new Migration({ source, target }, { options: { accept: ['field_ttl'] } });
    await run.caughtUp(source);
    await source.client.call('HSETEX', 'h', 'EX', '1000', 'FIELDS', '2', 'a', '1', 'b', '2');
    await source.client.call('HSETEX', 'h', 'FXX', 'KEEPTTL', 'FIELDS', '1', 'a', '3');
    await source.client.call('HSETEX', 'plain', 'FNX', 'FIELDS', '1', 'a', '1');
    await source.client.incr('after');
    await run.caughtUp(source);
    expect(await target.client.hgetall('h')).toEqual({ a: '3', b: '2' });
    expect(await target.client.hgetall('plain')).toEqual({ a: '1' });
    expect((await run.status()).lost.field_ttl).toBeGreaterThan(0);
    await run.stop();
  });

  test.each([
    ['server', () => startRedis({ version: 'redis@6.0' })],
    ['cluster', () => startCluster({ version: 'redis@6.0' })],
  ])(
    'what commands change that a %s does not know is read from the source',
    { timeout: 60_000 },
    async (_, startOld) => {
      if (!(await hasServer('redis@6.0'))) return;
      const [source, target] = await Promise.all([startRedis(), startOld()]);
      await source.client.rpush('list', 'a', 'b', 'c');
      await source.client.zadd('zset', 1, 'a', 2, 'b');
      const run = new Migration({ source, target });
      await run.caughtUp(source);
      await source.client.lmove('list', 'other', 'LEFT', 'RIGHT');
      await source.client.multi().copy('list', 'copied').rename('copied', 'renamed').rpush('renamed', 'd').exec();
      await source.client.call('ZRANGESTORE', 'range', 'zset', '0', '0');
      await source.client.call('LPOP', 'list', '2');
      await source.client.zadd('zset', 'GT', 5, 'a', 1, 'b');
      await source.client.copy('zset', 'gone');
      await source.client.del('gone');
      await source.client.multi().rpush('{one}list', 'a', 'b').zadd('{one}zset', 1, 'a').exec();
      await source.client.lmove('{one}list', '{one}other', 'LEFT', 'RIGHT');
      await source.client.multi().copy('{one}list', '{one}copied').append('{one}beside', 'x').exec();
      await source.client.call('ZRANGESTORE', '{one}range', '{one}zset', '0', '0');
      await source.client.incr('after');
      await run.caughtUp(source);
      await expectEqualSoon(source, target, { ttlToleranceMs: 50 });
      await source.client.multi().lmove('{one}list', '{one}other', 'LEFT', 'LEFT').del('list').exec();
      await source.client.call('ZRANGESTORE', '{one}range', 'zset', '1', '1');
      await run.caughtUp(source);
      await expectEqualSoon(source, target, { ttlToleranceMs: 50 });
      expect((await run.status()).lost).toEqual({});
      await run.stop();
    },
  );

  test('what options change that it does not know is read from the source', async () => {
    if (!(await hasServer('redis@6.0'))) return;
    const [source, target] = await Promise.all([startRedis(), startRedis({ version: 'redis@6.0' })]);
    await source.client.xadd('stream', '1-1', 'a', 'b');
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    await source.client.call('XADD', 'stream', 'NOMKSTREAM', '2-1', 'a', 'b');
    await source.client.multi().xadd('stream', 'MINID', '=', '2', '3-1', 'a', 'b').incr('n').exec();
    await source.client.call('XGROUP', 'CREATE', 'stream', 'group', '2-1');
    await source.client.call('XGROUP', 'CREATECONSUMER', 'stream', 'group', 'somebody');
    await run.caughtUp(source);
    const read = async ({ client }: RedisServer) => [await client.xrange('stream', '-', '+'), await client.get('n')];
    const wanted = await read(source);
    await waitFor(async () => isDeepStrictEqual(await read(target), wanted), {
      what: 'the stream as the source has it',
    });
    expect(await target.client.xinfo('CONSUMERS', 'stream', 'group')).toHaveLength(1);
    expect((await run.status()).lost).toEqual({});
    await run.stop();
  });

  test('elements that are taken off a list together leave it without a new connection', async () => {
    if (!(await hasServer('redis@6.0'))) return;
    const [source, target] = await Promise.all([startRedis(), startRedis({ version: 'redis@6.0' })]);
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    for (const list of ['a', 'b', 'c', 'd']) await source.client.rpush(list, '1', '2', '3', '4', '5');
    for (const [list, count] of Object.entries({ a: 1, b: 2, c: 5, d: 9 })) {
      await source.client.lpop(list, count);
      await source.client.rpush(list, '6', '7', '8');
      await source.client.multi().rpop(list, 2).incr('transactions').exec();
    }
    await source.client.call('LMPOP', '2', 'none', 'a', 'RIGHT', 'COUNT', '2');
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    expect(await run.status()).toMatchObject({ errors: {}, lost: {} });
    await run.stop();
  });

  test('libraries of functions are loaded, also those that come later', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const library = (name: string) =>
      `#!lua name=${name}\nredis.register_function('${name}_f', function() return '${name}' end)`;
    await source.client.call('FUNCTION', 'LOAD', library('early'));
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    await source.client.call('FUNCTION', 'LOAD', library('late'));
    await run.caughtUp(source);
    expect(await target.client.fcall('early_f', 0)).toBe('early');
    expect(await target.client.fcall('late_f', 0)).toBe('late');
    await run.stop();
  });

  test('a value above its limit is counted as too large', async () => {
    const [source, target] = await Promise.all([
      startRedis(),
      startRedis({ args: ['--proto-max-bulk-len', '1048576'] }),
    ]);
    await source.client.set('big', randomBytes(1_100_000));
    await source.client.set('small', 'x');
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    await source.client.set('big too', randomBytes(1_100_000));
    await source.client.incr('n');
    await run.caughtUp(source);
    expect((await run.status()).lost).toEqual({ too_large: 2 });
    await source.client.del('big', 'big too');
    await run.caughtUp(source);
    await expectEqual(source, target);
    await run.stop();
  });
});
