import { afterEach, describe, expect, test } from 'vitest';
import {
  type Command,
  compareServers,
  dumpAll,
  hasServer,
  seedMixed,
  sendAll,
  startRedis,
  startReplica,
  startWriter,
  stopEverything,
  waitFor,
} from '../src/index.ts';

afterEach(() => stopEverything());

describe('the seed', () => {
  test('makes as many keys as asked for, of every type, in every database', async () => {
    const server = await startRedis();
    expect(await seedMixed(server.client, { keys: 2_000, dbs: [0, 5] })).toBe(4_000);
    expect(await server.client.dbsize()).toBe(2_000);
    const dump = await dumpAll(server.client);
    expect(dump.size).toBe(4_000);
    expect(new Set([...dump.values()].map(({ type }) => type))).toEqual(
      new Set(['string', 'list', 'set', 'hash', 'zset', 'stream']),
    );
    expect([...dump.values()].filter(({ expireAtMs }) => expireAtMs > 0).length).toBeGreaterThan(600);
  });

  test('is the same for the same seed, and another for another one', async () => {
    const [a, b, c] = await Promise.all([startRedis(), startRedis(), startRedis()]);
    const options = { keys: 500, ttlShare: 0, only: ['text', 'big-hash', 'stream', 'small-zset', 'geo'] };
    await Promise.all([a, b].map(({ client }) => seedMixed(client, { ...options, seed: 3 })));
    await seedMixed(c.client, { ...options, seed: 4 });
    expect((await compareServers(a.client, b.client)).differences).toEqual([]);
    expect((await compareServers(a.client, c.client)).differences.length).toBeGreaterThan(400);
  });

  test('fills 200,000 keys', async () => {
    const server = await startRedis();
    await seedMixed(server.client, { keys: 200_000 });
    expect(await server.client.dbsize()).toBe(200_000);
  });
});

describe('the comparison', () => {
  test('finds a replica equal to its primary', async () => {
    const primary = await startRedis();
    await seedMixed(primary.client, { keys: 3_000, dbs: [0, 1] });
    const replica = await startReplica(primary);
    expect(await compareServers(primary.client, replica.client)).toMatchObject({ keysA: 6_000, differences: [] });
  });

  test.each<[string, Command, string]>([
    ['a missing key', ['DEL', 'str'], 'missing'],
    ['an extra key', ['SET', 'more', 1], 'extra'],
    ['another type', ['HSET', 'new', 'a', 1], 'extra'],
    ['another byte', ['SETRANGE', 'str', 1, '\0'], 'value'],
    ['another order of a list', ['LINSERT', 'list', 'BEFORE', 'a', 'x'], 'value'],
    ['another member', ['SADD', 'set', 'x'], 'value'],
    ['another field value', ['HSET', 'hash', 'b', 'x'], 'value'],
    ['another score', ['ZADD', 'zset', '1.0000001', 'a'], 'value'],
    ['another entry', ['XADD', 'stream', '9-9', 'a', 'b'], 'value'],
    ['a deleted entry', ['XDEL', 'stream', '1-1'], 'value'],
    ['another group position', ['XGROUP', 'SETID', 'stream', 'g', '1-1'], 'value'],
    ['an acknowledged entry', ['XACK', 'stream', 'g', '1-1'], 'value'],
    ['another consumer', ['XGROUP', 'CREATECONSUMER', 'stream', 'g', 'z'], 'value'],
    ['a time to live', ['EXPIRE', 'str', 1000], 'ttl'],
    ['another time to live', ['PEXPIREAT', 'live', 99_999_999_999_999], 'ttl'],
  ])('finds %s', async (_, change, what) => {
    const servers = [await startRedis(), await startRedis()] as const;
    const seed: Command[] = [
      ['SET', 'str', 'abc'],
      ['SET', 'live', 'x', 'PXAT', 88_888_888_888_888],
      ['RPUSH', 'list', 'a', 'b'],
      ['SADD', 'set', 'a', 'b'],
      ['HSET', 'hash', 'a', 1, 'b', 2],
      ['ZADD', 'zset', 1, 'a', 2, 'b'],
      ['XADD', 'stream', '1-1', 'a', 'b'],
      ['XGROUP', 'CREATE', 'stream', 'g', 0],
      ['XCLAIM', 'stream', 'g', 'c', 0, '1-1', 'TIME', 5, 'FORCE', 'JUSTID'],
    ];
    for (const { client } of servers) await sendAll(client, seed);
    expect((await compareServers(servers[0].client, servers[1].client)).differences).toEqual([]);
    await sendAll(servers[1].client, [change]);
    const { differences } = await compareServers(servers[0].client, servers[1].client);
    expect(differences.map((difference) => difference.what)).toEqual([what]);
  });

  test('finds another time to live of a hash field', async ({ skip }) => {
    if (!(await hasServer('redis@8.0'))) skip();
    const [a, b] = [await startRedis({ version: 'redis@8.0' }), await startRedis({ version: 'redis@8.0' })];
    for (const { client } of [a, b])
      await seedMixed(client, { keys: 300, fieldTtl: true, ttlShare: 0, only: ['small-hash'] });
    const { differences } = await compareServers(a.client, b.client);
    expect(differences.length).toBeGreaterThan(0);
    expect(new Set(differences.map(({ what }) => what))).toEqual(new Set(['value']));
  });
});

test('the writer keeps its rate with every kind of command, and tells what was acknowledged', async () => {
  const server = await startRedis();
  const writer = await startWriter(server.url, { rate: 2_000, seed: 5 });
  await waitFor(() => writer.counts.acked > 2_000);
  const counts = await writer.stop();
  expect(counts.sent).toBe(counts.acked + counts.refused + counts.unknown);
  expect(counts.errors).toEqual([]);
  expect(Object.keys(counts.byCommand)).toEqual(
    expect.arrayContaining(['MULTI', 'EVAL', 'INCR', 'XADD', 'PEXPIRE', 'DEL']),
  );
});

test('a writer goes on after its connection broke and counts what it cannot know', async () => {
  const server = await startRedis();
  const writer = await startWriter(server.url, { rate: 3_000 });
  await waitFor(() => writer.counts.acked > 500);
  await server.restart('SIGKILL');
  const before = writer.counts.acked;
  await waitFor(() => writer.counts.acked > before + 500);
  const counts = await writer.stop();
  expect(counts.sent).toBe(counts.acked + counts.refused + counts.unknown);
});
