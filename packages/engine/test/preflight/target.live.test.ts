import { runFerry, seedMixed, startRedis, startReplica, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { notable, preflight, rowOf } from './preflight.ts';

afterEach(() => stopEverything());

describe('memory and eviction', () => {
  test('too little memory blocks, and so does eviction then', async () => {
    const [source, target] = [
      await startRedis(),
      await startRedis({ args: ['--maxmemory', '3mb', '--maxmemory-policy', 'allkeys-lru'] }),
    ];
    await seedMixed(source.client, { keys: 20_000 });
    const report = await preflight(source.url, target.url);
    expect(rowOf(report, 'pair.memory')).toMatchObject({ status: 'fail', code: 'too_small' });
    expect(rowOf(report, 'target.eviction')).toMatchObject({ status: 'fail', code: 'evicting_full' });
    for (const id of ['pair.memory', 'target.eviction'])
      await target.client.call('CONFIG', 'SET', ...(rowOf(report, id).command?.split(' ').slice(-2) ?? []));
    const after = notable(await preflight(source.url, target.url));
    expect(Object.keys(after)).not.toContain('pair.memory');
    expect(Object.keys(after)).not.toContain('target.eviction');
  });

  test('eviction with room enough is a warning, and a policy without a limit is none', async () => {
    const [source, target] = [
      await startRedis(),
      await startRedis({ args: ['--maxmemory', '1gb', '--maxmemory-policy', 'volatile-ttl'] }),
    ];
    const row = rowOf(await preflight(source.url, target.url), 'target.eviction');
    expect(row).toMatchObject({ status: 'warn', code: 'evicting', observed: 'volatile-ttl' });
    await target.client.config('SET', 'maxmemory', '0');
    expect(rowOf(await preflight(source.url, target.url), 'target.eviction').status).toBe('pass');
  });
});

describe('the role of the target', () => {
  test.each(['yes', 'no'])('a replica blocks (read-only: %s)', async (readOnly) => {
    const [source, primary] = [await startRedis(), await startRedis()];
    const target = await startReplica(primary, { args: ['--replica-read-only', readOnly] });
    const row = rowOf(await preflight(source.url, target.url), 'target.role');
    expect(row).toMatchObject({ status: 'fail', code: 'replica', facts: { primary: `127.0.0.1:${primary.port}` } });
  });

  test('syncing every write is a warning', async () => {
    const [source, target] = [
      await startRedis(),
      await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] }),
    ];
    const row = rowOf(await preflight(source.url, target.url), 'target.role');
    expect(row).toMatchObject({ status: 'warn', code: 'every_write_synced' });
  });

  test('too few free connections block, few are a warning', async () => {
    const [source, target] = [await startRedis(), await startRedis({ args: ['--maxclients', '50'] })];
    expect(rowOf(await preflight(source.url, target.url), 'target.connections')).toMatchObject({ status: 'fail' });
    await target.client.config('SET', 'maxclients', '100');
    expect(rowOf(await preflight(source.url, target.url), 'target.connections')).toMatchObject({ status: 'warn' });
  });
});

describe('a target with keys', () => {
  test('blocks when keys that both have end the migration, and names one that both have', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await target.client.set('other', '1');
    expect(rowOf(await preflight(source.url, target.url), 'target.empty')).toMatchObject({
      status: 'fail',
      code: 'filled_fail',
    });
    await source.client.set('both', '1');
    await target.client.set('both', '1');
    const row = rowOf(await preflight(source.url, target.url), 'target.empty');
    expect(row).toMatchObject({ status: 'fail', code: 'overlap_fail', facts: { key: 'both', db: 0, keys: 2 } });
  });

  test('is a warning with another policy, which says whether keys of the source are among them', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await target.client.set('b', '1');
    await source.client.set('a', '1');
    const options = { onConflict: 'skip' } as const;
    const code = async (more = {}) =>
      rowOf(await preflight(source.url, target.url, { options: { ...options, ...more } }), 'target.empty').code;
    expect(await code()).toBe('filled');
    expect(await code({ keyPrefix: ['a:b'] })).toBe('overlap');
    await source.client.set('b', '1');
    expect(await code()).toBe('overlap');
    expect(await code({ dbMap: ['0:3'] })).toBe('filled');
  });

  test('a key name that could forge a line is shown escaped', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    for (const { client } of [source, target]) await client.set('a\r\nok  b\u202e', '1');
    expect(rowOf(await preflight(source.url, target.url), 'target.empty').facts?.key).toBe(
      'a\\x0d\\x0aok  b\\xe2\\x80\\xae',
    );
  });
});

describe('checkpoints on the target', () => {
  const task = '01890000-0000-7000-8000-000000000001';

  test('of another migration block, and the given command turns it green', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await target.client.hset(`cf:ck:${task}`, 'epoch', '1');
    const report = await preflight(source.url, target.url);
    const row = rowOf(report, 'pair.busy');
    expect(row).toMatchObject({ status: 'fail', code: 'preflight.target_in_use' });
    expect(row.message).toContain(task);
    expect(rowOf(report, 'target.empty').code).toBe('empty');
    const { stdout } = await runFerry((row.command ?? '').split(' ').slice(1));
    expect(stdout).toContain('Removed 1 keys');
    expect(rowOf(await preflight(source.url, target.url), 'pair.busy').status).toBe('pass');
  });

  test('of this migration mean that it is resumed', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await target.client.hset(`cf:ck:${task}`, 'epoch', '1');
    await target.client.set('copied', '1');
    const report = await preflight(source.url, target.url, { task });
    expect(rowOf(report, 'pair.busy').status).toBe('pass');
    expect(rowOf(report, 'target.empty')).toMatchObject({ status: 'pass', code: 'resumed' });
  });
});
