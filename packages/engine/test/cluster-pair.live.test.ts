import {
  createRandom,
  type RedisCluster,
  seedMixed,
  spawnFerry,
  startCluster,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { levelWith } from './cluster-level.ts';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Four primaries: no node of the target has the slots of one node of the source. */
const startPair = (replicas = 0) => Promise.all([startCluster({ replicas }), startCluster({ masters: 4, replicas })]);

/** Moves slots that are written to from node to node, slowly enough for the nodes to agree in between. */
async function moveSlots(cluster: RedisCluster, tags: readonly number[]): Promise<void> {
  for (const tag of tags) {
    const slot = Number(await cluster.client.cluster('KEYSLOT', `{${tag}}`));
    await cluster.moveSlot(slot, (cluster.nodes.indexOf(await cluster.ownerOf(slot)) + 1) % 4);
    await pause(200);
  }
}

describe('from cluster to cluster', () => {
  test('every key is copied, and no trace of the migration is left', async () => {
    const [source, target] = await startPair();
    await seedMixed(source.client, { keys: 3_000 });
    const run = new Migration({ source, target }, { mode: 'full' });
    const { snapshot, outcome } = await run.end;
    expect(outcome).toBe('completed');
    await expectEqual(source, target);
    const sizes = await Promise.all((await source.primaries()).map(({ server }) => server.client.dbsize()));
    expect(snapshot.keysDone).toBe(sizes.reduce((sum, size) => sum + size, 0));
    for (const { server } of await target.primaries()) expect(await server.client.keys('cf:*')).toEqual([]);
  });

  test('the streams are followed while it is written to, over failovers of both, and go on after a stop', async () => {
    const [source, target] = await startPair(1);
    await seedMixed(source.client, { keys: 1_000 });
    const writer = await startWriter(source.url, { rate: 1_500 });
    const run = new Migration({ source, target });
    await levelWith(run.dir, source, 4_000).catch(() => {});
    await source.failover(3);
    await moveSlots(target, [0, 1, 2, 3, 4, 5]);
    await run.stop();
    await pause(1_000);
    const resumed = new Migration({ source, target }, {}, run.dir);
    await pause(2_000);
    await target.failover(4, 'kill');
    await pause(2_000);
    await writer.stop();
    await levelWith(resumed.dir, source);
    await expectEqualSoon(source, target, { ttlToleranceMs: 100 });
    await resumed.stop();
  });

  test('an engine that is killed again and again applies every effect exactly once', async () => {
    const [source, target] = await startPair();
    await seedMixed(source.client, { keys: 500 });
    const writer = await startWriter(source.url, { rate: 2_000 });
    const dir = tempDir('state');
    const start = () => spawnFerry(['migrate', '--mode', 'sync', '--state', dir, source.url, target.url]);
    const random = createRandom(11);
    for (let n = 0; n < 8; n++) {
      const ferry = await start();
      const until = performance.now() + 500 + random.below(2_000);
      await waitFor(() => !ferry.isRunning || performance.now() > until, { deadlineMs: 30_000 });
      expect(ferry.isRunning, ferry.stderr).toBe(true);
      await ferry.stop();
    }
    await writer.stop();
    const last = await start();
    await levelWith(dir, source, 60_000);
    await expectEqualSoon(source, target);
    last.signal('SIGTERM');
    expect((await last.ended()).code).toBe(130);
  });

  test('a flush of one primary takes its keys only, and nothing that came behind it', async () => {
    const [source, target] = await startPair();
    await seedMixed(source.client, { keys: 2_000 });
    const run = new Migration({ source, target });
    await levelWith(run.dir, source);
    const writer = await startWriter(source.url, { rate: 1_000 });
    const { client } = source.node(1).server;
    const before = await client.dbsize();
    await client.flushall();
    await pause(200);
    await client.flushall();
    await writer.stop();
    await levelWith(run.dir, source);
    await expectEqualSoon(source, target);
    expect(before).toBeGreaterThan(100);
    await run.stop();
  });

  test('a flush within a transaction ends the run with its reason', async () => {
    const [source, target] = await startPair();
    await source.client.set('{0}a', '1');
    const run = new Migration({ source, target });
    await levelWith(run.dir, source);
    const { client } = (await source.ownerOf(Number(await source.client.cluster('KEYSLOT', '{0}')))).server;
    await client.multi().set('{0}a', '2').flushall().exec();
    await expect(run.end).rejects.toMatchObject({ code: 'source.flush_in_transaction' });
  });
});
