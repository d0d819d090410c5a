import {
  dumpAll,
  hasNutcracker,
  type RedisCluster,
  seedMixed,
  startCluster,
  startRedis,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectSame, HotKeys, seed } from './hot-cluster.ts';
import { expectEqual, Migration } from './migration.ts';
import { MovingSlots } from './moving-slots.ts';
import { dumpPool, startPool } from './pool.ts';

afterEach(() => stopEverything());

const told = ['--notify-keyspace-events', 'KA'];
const scanOf = ({ url }: RedisCluster) => ({ url: url.replace('redis+cluster:', 'redis-scan+cluster:') });
const share = (number: number, of: number) => ({ share: { number, of } });
const live = async (runs: readonly Migration[]) => {
  const areLive = async () =>
    (await Promise.all(runs.map((run) => run.status()))).every(({ state }) => state === 'incremental_sync');
  await waitFor(areLive, { deadlineMs: 60_000, everyMs: 100, what: 'every share to be followed' });
};

/** A name whose slot is in that third of all. */
async function keyIn({ client }: RedisCluster, third: number): Promise<string> {
  for (let n = 0; ; n++) {
    const key = `stray:${n}`;
    if (Math.ceil((Number(await client.cluster('KEYSLOT', key)) + 1) / (16_384 / 3)) === third) return key;
  }
}

describe('a cluster that several engines read by SCAN', () => {
  test('is copied once, by each the keys of its slots, and the last of them leaves no trace', async () => {
    const [source, target] = await Promise.all([startCluster(), startRedis()]);
    await seedMixed(source.client, { keys: 2_000 });
    const total = (await dumpAll(source.client)).size;
    const ends = [];
    for (const number of [2, 1]) {
      const run = new Migration({ source: scanOf(source), target }, { mode: 'full', ...share(number, 2) });
      ends.push(await run.end);
    }
    expect(ends.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    expect(ends.map(({ snapshot }) => snapshot.shards.map(({ id }) => id))).toEqual([
      ['slots-8192-16383'],
      ['slots-0-8191'],
    ]);
    const done = ends.map(({ snapshot }) => snapshot.keysDone);
    expect((done[0] ?? 0) + (done[1] ?? 0)).toBe(total);
    expect(Math.min(...done)).toBeGreaterThan(total / 4);
    expect(ends.map(({ snapshot }) => snapshot.keysTotal)).toEqual(done);
    await expectEqual(source, target);
    expect(await target.client.keys('cf:*')).toEqual([]);
  });

  test('is equal once writes rest, while slots move and engines come and go', async () => {
    const [source, target] = await Promise.all([startCluster({ args: told }), startCluster()]);
    await seed(source, 500);
    const hot = new HotKeys(source).start();
    const start = (number: number, dir?: string) =>
      new Migration({ source: scanOf(source), target }, share(number, 3), dir);
    const runs = [start(1), start(2), start(3)];
    await live(runs);
    const slots = await Promise.all(
      [0, 1, 2, 3].map(async (tag) => Number(await source.client.cluster('KEYSLOT', `${tag}`))),
    );
    const moves = new MovingSlots(source, slots);
    await moves.until(3);
    await runs[1]?.stop();
    // What vanishes while nobody of that share looks is swept from its slots, and from no others.
    for (let n = 0; n < 100; n++) await source.client.del(`k:${n}`);
    const strays = await Promise.all([1, 2].map((number) => keyIn(source, number)));
    for (const key of strays) await target.client.set(key, '1');
    runs[1] = start(2, runs[1]?.dir);
    await moves.until(3);
    await moves.stop();
    await live(runs);
    await hot.stop();
    const [ofFirst = '', ofSecond = ''] = strays;
    await waitFor(async () => (await target.client.exists(ofSecond)) === 0, { what: 'the sweep of the second share' });
    expect(await target.client.del(ofFirst)).toBe(1);
    const isSame = () => expectSame(source, target).then(() => true);
    await waitFor(() => isSame().catch(() => false), { deadlineMs: 40_000 }).catch(isSame);
    for (const run of runs) await run.stop();
  });

  test.skipIf(!hasNutcracker())('is copied into a pool', async () => {
    const [source, pool] = await Promise.all([startCluster(), startPool()]);
    await seed(source, 600);
    const ends = [1, 2].map(
      (number) => new Migration({ source: scanOf(source), target: pool }, { mode: 'full', ...share(number, 2) }).end,
    );
    const snapshots = (await Promise.all(ends)).map(({ snapshot }) => snapshot);
    expect(snapshots.map(({ errors }) => errors)).toEqual([{}, {}]);
    const keys = async () => [...(await dumpPool(pool)).keys()].sort();
    expect(await keys()).toEqual([...(await dumpAll(source.client)).keys()].sort());
    const left = await Promise.all(pool.servers.map(({ client }) => client.keys('cf:*')));
    expect(left.flat()).toEqual([]);
  });

  test('is not divided anew by an engine that knows another number of them', async () => {
    const [source, target] = await Promise.all([startCluster(), startRedis()]);
    await seed(source, 50);
    await new Migration({ source: scanOf(source), target }, { mode: 'full', ...share(1, 2) }).end;
    const late = new Migration({ source: scanOf(source), target }, { mode: 'full', ...share(3, 3) });
    await expect(late.end).rejects.toMatchObject({ code: 'migration.share_mismatch' });
  });
});
