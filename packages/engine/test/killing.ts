import type { Snapshot } from '@cacheferry/contract';
import { createRandom, type RedisCluster, type RedisServer, spawnFerry, waitFor } from '@cacheferry/testkit';
import { expect } from 'vitest';
import { askEngine } from '../src/index.ts';
import { seedOf } from './ledger.ts';
import { expectEqualSoon } from './migration.ts';

/** A migration by an engine of its own that keeps its state in `dir`. */
export type Run = { source: RedisServer; target: RedisServer | RedisCluster; dir: string; flags: string[] };
/** When an engine is killed: so long after its start, and up to so much later. */
export type Life = { leastMs: number; mostMs: number };

type Begun = { source: { url: string }; target: { url: string }; dir: string; flags: readonly string[] };

const start = ({ source, target, dir, flags }: Begun) =>
  spawnFerry(['migrate', '--mode', 'sync', '--state', dir, ...flags, source.url, target.url]);

/** A run begins when its ends are well; afterwards it lives with whatever happens to them. */
export async function begin(run: Begun): Promise<void> {
  const ferry = await start(run);
  const hasBegun = async () => ((await askEngine(run.dir, { command: 'status' })) as Snapshot).keysDone > 0;
  await waitFor(() => hasBegun().catch(() => false), { deadlineMs: 30_000, what: `the first keys: ${ferry.stderr}` });
  await ferry.stop();
}

/** Starts the engine and kills it after a while, again and again. Returns what it said when it ended by itself. */
export async function killOften(run: Begun, times: number, { leastMs, mostMs }: Life): Promise<string[]> {
  const random = createRandom(seedOf(times));
  const ended: string[] = [];
  for (let n = 0; n < times; n++) {
    const ferry = await start(run);
    const until = performance.now() + leastMs + random.below(mostMs);
    await waitFor(() => !ferry.isRunning || performance.now() > until, { deadlineMs: 30_000 });
    if (!ferry.isRunning) ended.push(ferry.stderr);
    await ferry.stop();
  }
  return ended;
}

/** Lets the engine catch up, and stops it when both sides are equal. */
export async function finish(run: Run, options?: Parameters<typeof expectEqualSoon>[2]): Promise<void> {
  const ferry = await start(run);
  const wanted = Number((await run.source.info('replication')).master_repl_offset);
  await waitFor(
    async () => {
      const { state, lagBytes, shards } = (await askEngine(run.dir, { command: 'status' })) as Snapshot;
      return state === 'incremental_sync' && lagBytes === 0 && (shards[0]?.sourceOffset ?? 0) >= wanted;
    },
    { deadlineMs: 60_000, everyMs: 100, what: `the target to catch up: ${ferry.stderr}` },
  );
  await expectEqualSoon(run.source, run.target, options);
  ferry.signal('SIGTERM');
  expect((await ferry.ended()).code).toBe(130);
}
