import {
  createRandom,
  type RedisServer,
  spawnFerry,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { caughtUp, Migration } from './migration.ts';
import { MovingSlots } from './moving-slots.ts';
import { churn, expectInScope, type Wanted } from './value-rules.ts';

afterEach(() => stopEverything());

/** What moves between databases comes into the one that is copied, and leaves it. */
const rules: readonly (readonly [string, { filter?: string[]; exclude?: string[] }, Wanted])[] = [
  ['only hashes', { filter: ['db:0', 'type:hash'] }, ({ db, type }) => db === 0 && type === 'hash'],
  [
    'what is small and no set',
    { filter: ['db:0', 'size:<60'], exclude: ['type:set'] },
    ({ db, type, bytes }) => db === 0 && bytes < 60 && type !== 'set',
  ],
  ['what lives long', { filter: ['db:0', 'ttl:>100'] }, ({ db, ttlMs }) => db === 0 && ttlMs > 100_000],
];
const swaps = false;

describe.each(rules)('%s', (_, options, wanted) => {
  test('are on the nodes of a cluster, and nothing else, whatever commands change them', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    await churn(source, { seed: 1, commands: 1_500, swaps });
    const migration = new Migration({ source, target }, { options });
    await churn(source, { seed: 2, commands: 3_000, swaps });
    await migration.caughtUp(source);
    await expectInScope(source, target, wanted);
    await churn(source, { seed: 3, commands: 3_000, swaps });
    await migration.caughtUp(source);
    await expectInScope(source, target, wanted);
    expect(migration.codes()).toEqual([]);
    await migration.stop();
  });
});

/** Writes until it is told to stop. */
function churning(source: RedisServer): () => Promise<void> {
  let isOver = false;
  const run = async () => {
    for (let seed = 100; !isOver; seed++) await churn(source, { seed, commands: 200, swaps });
  };
  const ended = run();
  return async () => {
    isOver = true;
    await ended;
  };
}

test('nothing is forgotten when the engine is killed at any moment, while slots of the target move', {
  timeout: 120_000,
}, async () => {
  const [source, target] = await Promise.all([startRedis({ args: ['--repl-backlog-size', '256mb'] }), startCluster()]);
  await churn(source, { seed: 1, commands: 2_000, swaps });
  const stop = churning(source);
  const dir = tempDir('state');
  const random = createRandom(5);
  const flags = ['--filter', 'type:hash,list', '--filter', 'db:0', '--exclude', 'size:>150'];
  const start = () => spawnFerry(['migrate', '--mode', 'sync', '--state', dir, ...flags, source.url, target.url]);
  const slots = await Promise.all(
    Array.from({ length: 60 }, async (_, n) => Number(await target.client.cluster('KEYSLOT', `k:${n}`))),
  );
  let moves: MovingSlots | null = null;
  for (let kills = 0; kills < 8; kills++) {
    const ferry = await start();
    const until = performance.now() + 1_000 + random.below(1_200);
    await waitFor(() => !ferry.isRunning || performance.now() > until, { deadlineMs: 30_000 });
    expect(ferry.isRunning, ferry.stderr).toBe(true);
    await ferry.stop();
    moves ??= new MovingSlots(target, slots);
  }
  await moves?.until(10);
  await moves?.stop();
  const last = await start();
  await stop();
  await caughtUp(source, dir, { deadlineMs: 60_000, everyMs: 50, what: `the target to catch up: ${last.stderr}` });
  const wanted: Wanted = ({ db, type, bytes }) => db === 0 && /hash|list/.test(type) && bytes <= 150;
  // A slot that moves takes along how long its keys have left to live: their expiries drift.
  await expectInScope(source, target, wanted, false);
  await last.stop();
});
