import { join } from 'node:path';
import {
  type FerryProcess,
  type RedisServer,
  seedMixed,
  spawnFerry,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, expect, test } from 'vitest';
import { statusOf } from './cluster-level.ts';
import { expectEqualSoon } from './migration.ts';

afterEach(() => stopEverything());

type Pair = { source: RedisServer; target: RedisServer };

async function startPair(): Promise<Pair> {
  // A snapshot of these keys takes some seconds.
  const [source, target] = await Promise.all([startRedis({ args: ['--rdb-key-save-delay', '2000'] }), startRedis()]);
  await seedMixed(source.client, { keys: 1_000 });
  return { source, target };
}

const isSaving = async ({ source }: Pair) => (await source.info('persistence')).rdb_bgsave_in_progress === '1';

test('two engines of a machine never snapshot a host at once, and one that is killed holds nobody up', async () => {
  const [root, pairs] = [tempDir('root'), await Promise.all([startPair(), startPair()])];
  const [first, second] = pairs as [Pair, Pair];
  const dirs = ['a', 'b'].map((name) => join(root, name));
  const start = ({ source, target }: Pair, dir: string | undefined) =>
    spawnFerry(['migrate', '--state', String(dir), source.url, target.url]);
  const killed: FerryProcess = await start(first, dirs[0]);
  await waitFor(() => isSaving(first), { deadlineMs: 30_000, what: 'the first snapshot' });
  const waiting = await start(second, dirs[1]);
  const phaseOf = async (dir: string | undefined) => (await statusOf(String(dir))).shards[0]?.phase;
  await waitFor(async () => (await phaseOf(dirs[1]).catch(() => null)) === 'waiting_snapshot', {
    what: 'the second engine to wait',
  });
  expect([await isSaving(first), await isSaving(second)]).toEqual([true, false]);
  await killed.stop();
  await waitFor(() => isSaving(second), { deadlineMs: 30_000, what: `the turn of the second: ${waiting.stderr}` });
  await waitFor(async () => !(await isSaving(first)), { what: 'the end of the snapshot that nobody waits for' });
  const again = await start(first, dirs[0]);
  let both = 0;
  const isDone = async () => {
    const saving = await Promise.all(pairs.map(isSaving));
    if (saving.every(Boolean)) both++;
    return (await phaseOf(dirs[0]).catch(() => null)) === 'incremental_sync';
  };
  await waitFor(isDone, { deadlineMs: 60_000, everyMs: 20, what: `the first engine to follow: ${again.stderr}` });
  expect(both).toBe(0);
  for (const { source, target } of pairs) await expectEqualSoon(source, target);
  for (const engine of [waiting, again]) await engine.stop();
});

test('engines that share a source on several machines never snapshot one of its hosts at once', async () => {
  const args = ['--rdb-key-save-delay', '2000'];
  const [source, target] = await Promise.all([startCluster({ masters: 4, args }), startRedis()]);
  await seedMixed(source.client, { keys: 2_000 });
  // Each lies in a folder of its own, as on a machine of its own.
  const dirs = [tempDir('one'), tempDir('two')];
  const start = (at: number) =>
    spawnFerry(['migrate', '--share', `${at + 1}/2`, '--state', String(dirs[at]), source.url, target.url]);
  const nodes = source.nodes.map(({ server }) => server);
  const saving = async () => {
    const found = await Promise.all(nodes.map((node) => node.info('persistence')));
    return nodes.filter((_, at) => found[at]?.rdb_bgsave_in_progress === '1');
  };
  const engines = await Promise.all([start(0), start(1)]);
  const phases = async () =>
    (await Promise.all(dirs.map(statusOf))).flatMap(({ shards }) => shards.map(({ phase }) => phase));
  let [once, together] = [0, 0];
  const areFollowing = async () => {
    const first = await saving();
    if (first.length > 0) once++;
    // A server notices up to 0.1 s later that the snapshot which it has sent is done.
    if (first.length > 1) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const second = await saving();
      if (first.filter((node) => second.includes(node)).length > 1) together++;
    }
    const all = await phases().catch(() => []);
    return all.length === 4 && all.every((phase) => phase === 'incremental_sync');
  };
  await waitFor(areFollowing, { deadlineMs: 90_000, everyMs: 20, what: 'both engines to follow' });
  expect(once).toBeGreaterThan(3);
  expect(together).toBe(0);
  expect(await target.client.keys('cf:*:turn:*')).toEqual([]);
  await expectEqualSoon(source, target);
  for (const engine of engines) await engine.stop();
});
