import type { Snapshot } from '@cacheferry/contract';
import {
  createRandom,
  type RedisServer,
  seedMixed,
  spawnFerry,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { askEngine } from '../src/index.ts';
import { expectEqualSoon } from './migration.ts';

afterEach(() => stopEverything());

type Run = { source: RedisServer; target: RedisServer; dir: string; flags: string[] };

const start = ({ source, target, dir, flags }: Run) =>
  spawnFerry(['migrate', '--mode', 'sync', '--state', dir, ...flags, source.url, target.url]);

/** Starts the engine and kills it after a while, again and again. Returns what it said when it ended by itself. */
async function killOften(run: Run, times: number, mostMs: number): Promise<string[]> {
  const random = createRandom(times);
  const ended: string[] = [];
  for (let n = 0; n < times; n++) {
    const ferry = await start(run);
    const until = performance.now() + 150 + random.below(mostMs);
    await waitFor(() => !ferry.isRunning || performance.now() > until, { deadlineMs: 30_000 });
    if (!ferry.isRunning) ended.push(ferry.stderr);
    await ferry.stop();
  }
  return ended;
}

async function finish(run: Run): Promise<void> {
  const ferry = await start(run);
  const wanted = Number((await run.source.info('replication')).master_repl_offset);
  await waitFor(
    async () => {
      const { state, lagBytes, shards } = (await askEngine(run.dir, { command: 'status' })) as Snapshot;
      return state === 'incremental_sync' && lagBytes === 0 && (shards[0]?.sourceOffset ?? 0) >= wanted;
    },
    { deadlineMs: 60_000, everyMs: 100, what: `the target to catch up: ${ferry.stderr}` },
  );
  await expectEqualSoon(run.source, run.target);
  ferry.signal('SIGTERM');
  expect((await ferry.ended()).code).toBe(130);
}

describe('an engine that is killed again and again', () => {
  test('while it follows the stream applies every effect exactly once', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 500, dbs: [0, 5] });
    const writer = await startWriter(source.url, { rate: 2_000 });
    const run: Run = { source, target, dir: tempDir('state'), flags: [] };
    expect(await killOften(run, 10, 1_200)).toEqual([]);
    await writer.stop();
    await finish(run);
  });

  test('while it copies takes up the copy, and trips over none of its own keys', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 8_000, dbs: [0, 1] });
    const writer = await startWriter(source.url, { rate: 500 });
    const run: Run = { source, target, dir: tempDir('state'), flags: ['--rate-keys', '3000', '--batch', '50'] };
    expect(await killOften(run, 8, 800)).toEqual([]);
    await writer.stop();
    await finish({ ...run, flags: [] });
    expect(Number((await source.info('stats')).sync_full)).toBeLessThan(4);
  });
});
