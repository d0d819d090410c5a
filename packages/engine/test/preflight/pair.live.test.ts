import { hasServer, startRedis, startReplica, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { preflight, rowOf } from './preflight.ts';

afterEach(() => stopEverything());

describe('one server at both ends', () => {
  test('is found under two names', async () => {
    const server = await startRedis({ args: ['--bind', '127.0.0.1', '-::1'] });
    const report = await preflight(server.url, server.url.replace('127.0.0.1', 'localhost'));
    expect(rowOf(report, 'pair.same_instance')).toMatchObject({ status: 'fail', code: 'same' });
  });

  test('servers that replicate each other block, in both directions and over a common primary', async () => {
    const primary = await startRedis();
    const [one, two] = [await startReplica(primary), await startReplica(primary)];
    for (const [a, b] of [
      [primary, one],
      [one, primary],
      [one, two],
    ] as const)
      expect(rowOf(await preflight(a.url, b.url), 'pair.same_instance')).toMatchObject({
        status: 'fail',
        code: 'replicates',
      });
  });
});

describe('databases', () => {
  test('one that the target lacks blocks, unless it is mapped', async () => {
    const [source, target] = [await startRedis(), await startRedis({ args: ['--databases', '4'] })];
    await source.connect({ db: 9 }).set('a', '1');
    const row = rowOf(await preflight(source.url, target.url), 'pair.databases');
    expect(row).toMatchObject({ status: 'fail', code: 'missing', facts: { missing: 9 } });
    const mapped = await preflight(source.url, target.url, { options: { dbMap: ['9:3'] } });
    expect(rowOf(mapped, 'pair.databases').status).toBe('pass');
  });

  test('a cluster has database 0 only', async () => {
    const [source, target] = [await startRedis(), await startRedis({ args: ['--cluster-enabled', 'yes'] })];
    await source.connect({ db: 1 }).set('a', '1');
    const row = rowOf(await preflight(source.url, target.url), 'pair.databases');
    expect(row).toMatchObject({ status: 'fail', facts: { missing: 1, reason: 'a cluster has database 0 only' } });
  });

  test('two that become one are a warning', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await source.client.set('a', '1');
    await source.connect({ db: 1 }).set('a', '1');
    const report = await preflight(source.url, target.url, { options: { dbMap: ['*:0'] } });
    expect(rowOf(report, 'pair.databases')).toMatchObject({ status: 'warn', code: 'merged' });
  });
});

describe('what an older target cannot hold', () => {
  test('functions block, unless their loss is accepted', async ({ skip }) => {
    if (!(await hasServer('redis@6.0'))) skip();
    const [source, target] = [await startRedis(), await startRedis({ version: 'redis@6.0' })];
    await source.client.call(
      'FUNCTION',
      'LOAD',
      "#!lua name=lib\nredis.register_function('f', function() return 1 end)",
    );
    expect(rowOf(await preflight(source.url, target.url), 'pair.functions')).toMatchObject({
      status: 'fail',
      code: 'unsupported',
    });
    const accepted = await preflight(source.url, target.url, { options: { accept: ['function'] } });
    expect(rowOf(accepted, 'pair.functions')).toMatchObject({ status: 'warn', code: 'accepted' });
  });

  test.each([
    ['fail', 'fail', 'taken'],
    ['skip', 'warn', 'kept'],
    ['overwrite', 'warn', 'differing'],
  ] as const)('with on-conflict %s functions of the same name with other code %s', async (onConflict, status, code) => {
    const servers = [await startRedis(), await startRedis()] as const;
    for (const [at, { client }] of servers.entries())
      await client.call(
        'FUNCTION',
        'LOAD',
        `#!lua name=lib\nredis.register_function('f', function() return ${at} end)`,
      );
    const report = await preflight(servers[0].url, servers[1].url, { options: { onConflict } });
    expect(rowOf(report, 'pair.functions')).toMatchObject({ status, code, facts: { libraries: 'lib' } });
  });

  test('fields with a time to live block, unless their loss is accepted', async ({ skip }) => {
    if (!(await hasServer('redis@8.0'))) skip();
    const [source, target] = [await startRedis({ version: 'redis@8.0' }), await startRedis()];
    await source.client.hset('h', 'f', 'v');
    expect(rowOf(await preflight(source.url, target.url), 'pair.version')).toMatchObject({
      status: 'warn',
      code: 're_encoded',
    });
    await source.client.call('HPEXPIRE', 'h', 100_000, 'FIELDS', 1, 'f');
    const row = rowOf(await preflight(source.url, target.url), 'pair.version');
    expect(row).toMatchObject({ status: 'fail', code: 'field_ttl', facts: { hashes: 1 } });
    const accepted = await preflight(source.url, target.url, { options: { accept: ['field_ttl'] } });
    expect(rowOf(accepted, 'pair.version')).toMatchObject({ status: 'warn', code: 'field_ttl_accepted' });
  });

  test('values of a module that the target lacks block, a module without values is a warning', async ({ skip }) => {
    if (!(await hasServer('redis@8.0'))) skip();
    const [source, target] = [await startRedis({ version: 'redis@8.0' }), await startRedis()];
    expect(rowOf(await preflight(source.url, target.url), 'pair.modules')).toMatchObject({
      status: 'warn',
      code: 'unused',
    });
    await source.client.call('VADD', 'v', 'VALUES', 2, '1', '2', 'element');
    const row = rowOf(await preflight(source.url, target.url), 'pair.modules');
    expect(row).toMatchObject({ status: 'fail', code: 'in_use', facts: { types: 'vectorset' } });
  });

  test.for(['valkey@8.0', 'valkey@8.1', 'redis@8.0'] as const)(
    'a newer target (%s) understands everything',
    async (version, { skip }) => {
      if (!(await hasServer(version))) skip();
      const [source, target] = [await startRedis(), await startRedis({ version })];
      const report = await preflight(source.url, target.url);
      expect(report.ok).toBe(true);
      expect(rowOf(report, 'pair.version').status).toBe('pass');
    },
  );
});

test('data of Redis cannot go into memcached', async () => {
  const source = await startRedis();
  const report = await preflight(source.url, 'memcached://127.0.0.1:11211');
  expect(report.ok).toBe(false);
  expect(rowOf(report, 'pair.family')).toMatchObject({ status: 'fail', code: 'endpoint.family_mismatch' });
});

describe('the digest', () => {
  test('is the same for the same ends, and another after a restart, another policy or a first key', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    const digest = async (options = {}) => (await preflight(source.url, target.url, { options })).digest;
    const first = await digest();
    await source.client.set('more', '1');
    expect(await digest({ rateKeys: 100 })).toBe(first);
    expect(await digest({ onConflict: 'skip' })).not.toBe(first);
    await target.client.set('key', '1');
    expect(await digest()).not.toBe(first);
    await target.client.del('key');
    expect(await digest()).toBe(first);
    await target.restart();
    expect(await digest()).not.toBe(first);
  });
});
