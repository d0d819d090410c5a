import { type MigrationOptions, MigrationOptions as Options } from '@cacheferry/contract';
import {
  dumpAll,
  freePort,
  type RedisServer,
  startCluster,
  startRedis,
  startSentinel,
  stopEverything,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { previewRules } from '../src/preview/preview-rules.ts';
import { Migration } from './migration.ts';
import { preflight } from './preflight/preflight.ts';

afterEach(() => stopEverything());

const ask = (url: string, options: Partial<MigrationOptions>, target = url) =>
  previewRules({ source: { url }, target: { url: target } }, Options.parse(options), {
    signal: new AbortController().signal,
    now: () => Date.now(),
  });

async function filled(): Promise<RedisServer> {
  const server = await startRedis();
  await server.client.mset('user:1', 'a', 'user:2', 'x'.repeat(2_000), 'tmp:1', 'b');
  await server.client.set('session:1', 'c', 'EX', 1_000);
  await server.client.hset('cart:1', 'f', 'v');
  await server.connect({ db: 3 }).set('user:3', 'd');
  return server;
}

describe('a preview of rules', () => {
  test.each([
    ['a filter of names', { filter: ['user:*'] }, ['user:1', 'user:2', 'user:3']],
    ['an excluded name', { exclude: ['tmp:*'] }, ['cart:1', 'session:1', 'user:1', 'user:2', 'user:3']],
    ['a type', { filter: ['type:hash'] }, ['cart:1']],
    ['keys with an expiry', { exclude: ['ttl:none'] }, ['session:1']],
    ['small values', { filter: ['size:<1kb', 'user:*'] }, ['user:1', 'user:3']],
    ['a database', { filter: ['db:3'] }, ['user:3']],
    ['no rule', {}, ['cart:1', 'session:1', 'tmp:1', 'user:1', 'user:2', 'user:3']],
  ] as [string, Partial<MigrationOptions>, string[]][])('%s', async (_, options, taken) => {
    const preview = await ask((await filled()).url, options);
    expect(preview.keys.filter(({ isTaken }) => isTaken).map(({ key }) => key)).toEqual(taken);
    expect(preview).toMatchObject({
      sampled: 6,
      isWhole: true,
      taken: taken.length,
      leftOut: 6 - taken.length,
      renamed: 0,
    });
  });

  test.each<[Partial<MigrationOptions>]>([
    [{ filter: ['type:hash,list'], exclude: ['size:>100'] }],
    [{ exclude: ['ttl:<1h', 'type:zset', 'user:*'] }],
    [{ filter: ['ttl:none', 'size:<2000'], dbMap: ['3:1'] }],
    [{ filter: ['regex:^(user|cart)', 'type:string,hash'], keyPrefix: ['user:member'] }],
  ])('tells of %j what a migration does that follows changes', async (options) => {
    const [source, target] = await Promise.all([filled(), startRedis()]);
    const migration = new Migration({ source, target }, { options });
    await migration.caughtUp(source);
    const { client } = source;
    await client.set('cf:ck:other', 'is not copied');
    await client.rpush('list:1', 'x'.repeat(40));
    await client.rpush('list:2', 'x'.repeat(400));
    await client.zadd('user:zset', 1, 'm');
    await client.rename('cart:1', 'user:cart');
    await client.expire('tmp:1', 10_000);
    await client.persist('session:1');
    await client.append('user:1', 'x'.repeat(3_000));
    await migration.caughtUp(source);
    const { keys } = await ask(source.url, options, target.url);
    const told = keys.filter(({ isTaken }) => isTaken).map(({ toDb, toKey }) => `${toDb} ${toKey}`);
    const found = [...(await dumpAll(target.client)).keys()].filter((key) => !key.startsWith('0 cf:'));
    expect(found.sort()).toEqual(told.sort());
    expect([told.length > 0, told.length < keys.length]).toEqual([true, true]);
    await migration.stop();
  });

  test('names the rule that leaves a key out', async () => {
    const { keys } = await ask((await filled()).url, { filter: ['user:*', 'tmp:*'], exclude: ['db:3', 'tmp:*'] });
    const why = Object.fromEntries(keys.filter(({ isTaken }) => !isTaken).map(({ key, because }) => [key, because]));
    expect(why).toEqual({ 'tmp:1': 'tmp:*', 'user:3': 'db:3', 'session:1': null, 'cart:1': null });
  });

  test('shows names and databases as they will be, those of the address of the target too', async () => {
    const { url } = await filled();
    const preview = await ask(url, { filter: ['user:*'], keyPrefix: ['user:member'], dbMap: ['3:1'] });
    expect(preview.renamed).toBe(3);
    expect(preview.keys.find(({ key }) => key === 'user:3')).toMatchObject({ db: 3, toDb: 1, toKey: 'member:3' });
    const moved = await ask(`${url}/3`, {}, `${url}/7`);
    expect(moved.keys.find(({ isTaken }) => isTaken)).toMatchObject({ key: 'user:3', toDb: 7, toKey: 'user:3' });
  });

  test('takes keys of every server of a cluster', async () => {
    const cluster = await startCluster();
    for (let n = 0; n < 60; n++) await cluster.client.set(`item:${n}`, 'v');
    const { host, port } = cluster.node(0).server;
    const preview = await ask(`redis+cluster://${host}:${port}`, { exclude: ['item:1*'] });
    expect(preview).toMatchObject({ sampled: 60, isWhole: true, taken: 49, leftOut: 11 });
  });

  test('says why there is none', async () => {
    await expect(ask(`redis://127.0.0.1:${await freePort()}`, {})).rejects.toMatchObject({
      code: 'endpoint.unreachable',
    });
    await expect(ask('rdb:/tmp/none.rdb', {})).rejects.toMatchObject({ code: 'endpoint.unsupported' });
  });
});

describe('the servers behind an address', () => {
  test('of one node of a cluster are all of it, with their slots', async () => {
    const [cluster, target] = [await startCluster({ masters: 3, replicas: 1 }), await startRedis()];
    const { source } = await preflight(`redis+cluster://127.0.0.1:${cluster.node(4).server.port}`, target.url);
    expect(source?.mode).toBe('cluster');
    expect(source?.members).toHaveLength(6);
    expect(source?.members.reduce((sum, { slots }) => sum + (slots ?? 0), 0)).toBe(16_384);
    const replica = source?.members.find(({ address }) => address.endsWith(`:${cluster.node(3).server.port}`));
    expect(replica).toMatchObject({ role: 'replica', primary: `127.0.0.1:${cluster.node(0).server.port}` });
  });

  test('of a node that was given as a single server say that there is a cluster', async () => {
    const [cluster, target] = [await startCluster(), await startRedis()];
    expect((await preflight(cluster.node(0).server.url, target.url)).source?.mode).toBe('cluster');
  });

  test('of a primary behind sentinels are it and its replicas; a sentinel itself names what it watches', async () => {
    const [group, target] = [await startSentinel({ name: 'orders', replicas: 2 }), await startRedis()];
    const { source } = await preflight(group.url, target.url);
    expect(source?.members.map(({ role }) => role)).toEqual(['primary', 'replica', 'replica']);
    expect(source?.mode).toBe('standalone');
    const [, sentinel = ''] = /:\/\/(?:[^@]*@)?([^,/]+)/.exec(group.url) ?? [];
    const alone = await preflight(`redis://${sentinel}`, target.url);
    expect(alone.source).toMatchObject({ mode: 'sentinel', masterNames: ['orders'] });
  });
});
