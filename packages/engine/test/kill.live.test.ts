import { seedMixed, startRedis, startWriter, stopEverything, tempDir } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { finish, killOften, type Run } from './killing.ts';

afterEach(() => stopEverything());

describe('an engine that is killed again and again', () => {
  test('while it follows the stream applies every effect exactly once', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 500, dbs: [0, 5] });
    const writer = await startWriter(source.url, { rate: 2_000 });
    const run: Run = { source, target, dir: tempDir('state'), flags: [] };
    expect(await killOften(run, 10, { leastMs: 150, mostMs: 1_200 })).toEqual([]);
    await writer.stop();
    await finish(run);
  });

  test('while it copies takes up the copy, and trips over none of its own keys', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 8_000, dbs: [0, 1] });
    const writer = await startWriter(source.url, { rate: 500 });
    const run: Run = { source, target, dir: tempDir('state'), flags: ['--rate-keys', '3000', '--batch', '50'] };
    expect(await killOften(run, 8, { leastMs: 150, mostMs: 800 })).toEqual([]);
    await writer.stop();
    await finish({ ...run, flags: [] });
    expect(Number((await source.info('stats')).sync_full)).toBeLessThan(4);
  });
});
