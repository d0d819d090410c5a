import { copyFileSync } from 'node:fs';
import path from 'node:path';
import {
  compareDumps,
  dumpAll,
  hasServer,
  type RedisServer,
  seedMixed,
  type ServerVersion,
  startRedis,
  stopEverything,
  tempDir,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from '../migration.ts';

afterEach(() => stopEverything());

const pairs: [from: ServerVersion, to: ServerVersion, name: string][] = [
  ['redis@7.0', 'redis@6.0', 'redis-6.0'],
  ['redis@8.0', 'redis@6.0', '6.0.16'],
  ['redis@8.0', 'redis@7.0', 'redis-7.0'],
  ['redis@8.0', 'valkey@8.0', 'valkey-8.0'],
  ['valkey@8.1', 'redis@7.0', '7.0'],
  ['redis@6.0', 'redis@7.0', 'redis-7.0'],
  ['redis@8.0', 'valkey@9', 'valkey-9.0'],
  ['valkey@9', 'valkey@9', 'valkey-9.0'],
  ['valkey@9', 'redis@8.0', 'redis-8.0'],
];
const available = await Promise.all(pairs.map(async ([from, to]) => (await hasServer(from)) && (await hasServer(to))));
const hasOldAndNew = (await hasServer('redis@8.0')) && (await hasServer('redis@6.0'));
const hour = 3_600_000;
const long = 'x'.repeat(300);

/** Values of several megabytes, which come in pieces: a list, a sorted set, a hash and a stream with a group. */
async function seedLarge({ client }: RedisServer): Promise<void> {
  for (let n = 0; n < 60_000; n += 1_000) {
    const numbers = Array.from({ length: 1_000 }, (_, at) => n + at);
    await client.rpush('large:list', ...numbers.map((one) => `${one} ${long}`));
    await client.zadd('large:zset', ...numbers.flatMap((one) => [one / 7, `${one} ${long}`]));
    await client.hset('large:hash', ...numbers.flatMap((one) => [`${one}`, `${one} ${long}`]));
    const pipeline = client.pipeline();
    for (const one of numbers) pipeline.xadd('large:stream', `${one + 1}-1`, 'n', `${one} ${long}`);
    await pipeline.exec();
  }
  await client.pexpire('large:list', hour);
  await client.xgroup('CREATE', 'large:stream', 'group', '0');
  await client.xreadgroup('GROUP', 'group', 'ann', 'COUNT', 1_000, 'STREAMS', 'large:stream', '>');
}

/** A server of that version that started from the file. */
async function loaded(file: string, version: ServerVersion): Promise<RedisServer> {
  const dir = tempDir('loaded');
  copyFileSync(file, path.join(dir, 'dump.rdb'));
  return startRedis({ version, args: ['--dir', dir] });
}

const streamOf = async ({ client }: RedisServer, key: string) => ({
  entries: await client.xrange(key, '-', '+'),
  pending: await client.xpending(key, 'group'),
});

describe.each(pairs.filter((_, index) => available[index]))('a file written from %s for %s (%s)', (from, to, name) => {
  test('is loaded by that server with every value, small and large', async () => {
    const source = await startRedis({ version: from });
    // The preflight takes the seeding for the usual load.
    await source.client.config('SET', 'client-output-buffer-limit', 'replica 0 0 0');
    await seedMixed(source.client, { keys: 2_000, dbs: [0, 1, 5] });
    await seedLarge(source);
    const file = path.join(tempDir('out'), 'out.rdb');
    const { snapshot } = await new Migration({ source, target: { url: `rdb:${file}?version=${name}` } }).end;
    expect(snapshot.lost).toEqual({});
    const target = await loaded(file, to);
    const isOld = from === 'redis@6.0' || to === 'redis@6.0';
    const dump = await dumpAll(source.client);
    expect(snapshot.keysDone).toBe(dump.size);
    // What 7.0 added to streams is not known to 6.0, which tells a time to live and not its end.
    const tolerance = isOld ? { ttlToleranceMs: 2_000, ignore: (key: string) => dump.get(key)?.type === 'stream' } : {};
    expect(compareDumps(dump, await dumpAll(target.client), tolerance).slice(0, 5)).toEqual([]);
    expect(await streamOf(target, 'large:stream')).toEqual(await streamOf(source, 'large:stream'));
  });
});

describe('what the server of the file has no form for', () => {
  test.skipIf(!hasOldAndNew)(
    'is named and counted by class, the rest is loaded, and the run is incomplete unless that was accepted',
    async () => {
      const source = await startRedis({ version: 'redis@8.0' });
      const { client } = source;
      await client.call('HSET', 'small', 'a', '1', 'b', '2');
      await client.call('HPEXPIREAT', 'small', String(Date.now() + hour), 'FIELDS', '1', 'a');
      for (let n = 0; n < 40_000; n += 1_000)
        await client.hset('big', ...Array.from({ length: 1_000 }, (_, at) => [`${n + at}`, long]).flat());
      await client.call('HPEXPIREAT', 'big', String(Date.now() + hour), 'FIELDS', '2', '5', '6');
      await client.call('FUNCTION', 'LOAD', `#!lua name=lib\nredis.register_function('f', function() return 1 end)`);
      const file = path.join(tempDir('out'), 'out.rdb');
      const ends = { source, target: { url: `rdb:${file}?version=redis-6.0` } };
      const run = new Migration(ends, { options: { accept: ['field_ttl'] } });
      await expect(run.end).rejects.toMatchObject({ code: 'migration.incomplete', facts: { classes: 'function' } });
      expect(run.of('done')[0]?.totals).toMatchObject({ lost_field_ttl: 3, lost_function: 1 });
      const lost = run.of('log').filter((line) => typeof line.class === 'string');
      expect(lost.map((line) => [line.class, line.key, line.count]).sort()).toEqual([
        ['field_ttl', 'big', 2],
        ['field_ttl', 'small', 1],
        ['function', 'lib', 1],
      ]);
      const { client: older } = await loaded(file, 'redis@6.0');
      expect(await older.hgetall('small')).toEqual({ a: '1', b: '2' });
      expect(await older.hlen('big')).toBe(40_000);
    },
  );

  test('such a name is no source', async () => {
    const ends = { source: { url: 'rdb:/a.rdb?version=redis-6.0' }, target: { url: 'rdb:/b.rdb' } };
    await expect(new Migration(ends).end).rejects.toMatchObject({ code: 'endpoint.unsupported' });
  });
});
