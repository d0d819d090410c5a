import {
  type FerryProcess,
  seedMixed,
  spawnFerry,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { levelWith, statusOf } from './cluster-level.ts';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

const share = (number: number, of = 2) => ({ share: { number, of } });

/** Whether two engines have three shards each, all of them live. */
async function areFollowing(dirs: readonly string[]): Promise<boolean> {
  const snapshots = await Promise.all(dirs.map((dir) => statusOf(dir).catch(() => null)));
  return snapshots.every(
    (one) => one?.shards.length === 3 && one.shards.every(({ phase }) => phase === 'incremental_sync'),
  );
}

describe('a source that several engines share', () => {
  test('is followed by each for its own shards; one that is killed goes on alone', async () => {
    const [source, target] = await Promise.all([startCluster({ masters: 6 }), startCluster()]);
    await seedMixed(source.client, { keys: 3_000 });
    const writer = await startWriter(source.url, { rate: 800, seed: 5 });
    const dirs = [tempDir('share-1'), tempDir('share-2')];
    const start = (at: number) =>
      spawnFerry(['migrate', source.url, target.url, '--share', `${at + 1}/2`, '--state', dirs[at] as string]);
    const engines: FerryProcess[] = await Promise.all([start(0), start(1)]);
    const follow = () => waitFor(() => areFollowing(dirs), { deadlineMs: 60_000, what: 'every shard to be followed' });
    await follow();
    engines[0]?.signal('SIGKILL');
    await engines[0]?.ended();
    const other = dirs[1] as string;
    const { bytesOut } = await statusOf(other);
    await waitFor(async () => (await statusOf(other)).bytesOut > bytesOut, { what: 'the other engine to go on' });
    engines[0] = await start(0);
    await follow();
    await writer.stop();
    await levelWith(dirs, source, 60_000);
    const owned = (await Promise.all(dirs.map(statusOf))).flatMap(({ shards }) => shards.map(({ id }) => id));
    expect(new Set(owned).size).toBe(owned.length);
    await expectEqualSoon(source, target, { ttlToleranceMs: 0 });
    for (const engine of engines) await engine.stop();
  });

  test('is copied once, and the last of them leaves no trace', async () => {
    const [source, target] = await Promise.all([startCluster({ masters: 4 }), startRedis()]);
    await seedMixed(source.client, { keys: 2_000 });
    const first = new Migration({ source, target }, { mode: 'full', ...share(1) });
    expect((await first.end).outcome).toBe('completed');
    expect((await target.client.keys('cf:*')).length).toBeGreaterThan(0);
    const second = new Migration({ source, target }, { mode: 'full', ...share(2) });
    expect((await second.end).outcome).toBe('completed');
    await expectEqual(source, target);
    expect(await target.client.keys('cf:*')).toEqual([]);
  });

  test('ends when a slot moves: no engine sees the streams of both shards', async () => {
    const [source, target] = await Promise.all([startCluster({ masters: 4 }), startRedis()]);
    await seedMixed(source.client, { keys: 500 });
    const runs = [1, 2].map((number) => new Migration({ source, target }, share(number)));
    await levelWith(
      runs.map(({ dir }) => dir),
      source,
    );
    await source.moveSlot(0, 1);
    for (const run of runs) await expect(run.end).rejects.toMatchObject({ code: 'source.slots_moved' });
  });

  test('refuses an engine that comes when slots have left the shards that were agreed on', async () => {
    const [source, target] = await Promise.all([startCluster({ masters: 4 }), startRedis()]);
    await seedMixed(source.client, { keys: 500 });
    await new Migration({ source, target }, { mode: 'full', ...share(1) }).end;
    await source.moveSlot(16_383, 0);
    const late = new Migration({ source, target }, { mode: 'full', ...share(2) });
    await expect(late.end).rejects.toMatchObject({ code: 'source.slots_moved' });
  });

  test.each([
    ['another number of shares than the first came with', share(3, 3), 'migration.share_mismatch'],
    ['nothing left for it', share(2), 'migration.share_empty'],
  ])('refuses an engine with %s', async (_, given, code) => {
    const [source, target] = await Promise.all([startCluster({ masters: 1 }), startRedis()]);
    const first = new Migration({ source, target }, share(1));
    await levelWith([first.dir], source);
    await expect(new Migration({ source, target }, given).end).rejects.toMatchObject({ code });
    await first.stop();
  });

  test('may have fewer shards than engines: one for which none is left is done at once', async () => {
    const [source, target] = await Promise.all([startCluster({ masters: 2 }), startRedis()]);
    await seedMixed(source.client, { keys: 1_000 });
    const may = (number: number) => ({ mode: 'full', share: { number, of: 3, mayBeEmpty: true } }) as const;
    const runs = [3, 1, 2].map((number) => new Migration({ source, target }, may(number)));
    const [spare, ...others] = await Promise.all(runs.map(({ end }) => end));
    expect(await target.client.keys('cf:*')).toEqual([]);
    const last = { mode: 'full', share: { number: 3, of: 3, mayBeEmpty: true, isLast: true } } as const;
    const late = await new Migration({ source, target }, last).end;
    expect(late).toMatchObject({ outcome: 'completed', snapshot: { shards: [] } });
    expect(spare).toMatchObject({ outcome: 'completed', snapshot: { shards: [], keysDone: 0 } });
    expect(others.map(({ snapshot }) => snapshot.shards.length)).toEqual([1, 1]);
    await expectEqual(source, target);
    expect(await target.client.keys('cf:*')).toEqual([]);
  });

  test('is done, and an engine that comes behind all others leaves nothing either', async () => {
    const [source, target] = await Promise.all([startCluster({ masters: 2 }), startCluster()]);
    await seedMixed(source.client, { keys: 300 });
    const may = (number: number) => ({ mode: 'full', share: { number, of: 3, mayBeEmpty: true } }) as const;
    const left = async () => (await Promise.all(target.nodes.map(({ server }) => server.client.keys('cf:*')))).flat();
    await new Migration({ source, target }, may(3)).end;
    expect(await left()).toEqual([]);
    for (const number of [1, 2]) await new Migration({ source, target }, may(number)).end;
    expect(await left()).toEqual([]);
    await new Migration({ source, target }, may(3)).end;
    expect(await left()).toEqual([]);
    await expectEqual(source, target);
  });

  test('may turn out to be a single server: the first engine has all of it', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 500 });
    const may = (number: number) => ({ mode: 'full', share: { number, of: 2, mayBeEmpty: true } }) as const;
    const spare = new Migration({ source, target }, may(2));
    expect(await spare.end).toMatchObject({ outcome: 'completed', snapshot: { shards: [] } });
    expect((await new Migration({ source, target }, may(1)).end).outcome).toBe('completed');
    await expectEqual(source, target);
    expect(await target.client.keys('cf:*')).toEqual([]);
  });

  test('is not a single server', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const run = new Migration({ source, target }, share(1));
    await expect(run.end).rejects.toMatchObject({ code: 'migration.share_unsupported' });
  });
});
