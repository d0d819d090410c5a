import { seedMixed, startCluster, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectSame, HotKeys, levelWith, seed } from './hot-cluster.ts';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

describe('a clustered source', () => {
  test('is copied whole in mode full, found through any one node', async () => {
    const [cluster, target, kinds] = await Promise.all([startCluster(), startRedis(), startRedis()]);
    await seedMixed(kinds.client, { keys: 300 });
    for (const key of await kinds.client.keysBuffer('*')) {
      const expiry = Math.max(0, await kinds.client.pexpiretime(key));
      await cluster.client.restore(key, expiry, await kinds.client.dumpBuffer(key), 'ABSTTL');
    }
    const url = `redis+cluster://127.0.0.1:${cluster.node(1).server.port}`;
    const run = new Migration({ source: { url }, target }, { mode: 'full' });
    expect((await run.end).outcome).toBe('completed');
    expect((await run.end).snapshot.shards).toHaveLength(3);
    await expectSame(cluster, target);
    expect(await target.client.keys('cf:*')).toEqual([]);
  });

  test('is followed, over failovers too, and goes on after a stop', async () => {
    const [cluster, target] = await Promise.all([startCluster({ replicas: 1 }), startRedis()]);
    await seed(cluster, 500);
    const run = new Migration({ source: cluster, target });
    await levelWith(run, cluster);
    const hot = new HotKeys(cluster).start();
    await cluster.failover(3);
    await cluster.failover(4, 'kill');
    const { sent } = hot;
    await waitFor(() => hot.sent > sent + 2_000, { deadlineMs: 30_000 });
    await run.stop();
    const resumed = new Migration({ source: cluster, target }, {}, run.dir);
    await waitFor(() => hot.sent > sent + 3_000, { deadlineMs: 30_000 });
    await hot.stop();
    await levelWith(resumed, cluster);
    await expectSame(cluster, target);
    await resumed.stop();
  });

  test('that is flushed on one primary keeps the keys of the others', async () => {
    const [cluster, target] = await Promise.all([startCluster(), startRedis()]);
    await seed(cluster, 300);
    const run = new Migration({ source: cluster, target });
    await levelWith(run, cluster);
    await cluster.node(1).server.client.flushall();
    await cluster.client.set('after', '1');
    await levelWith(run, cluster);
    await expectSame(cluster, target);
    expect(await target.client.dbsize()).toBeGreaterThan(200);
    await run.stop();
  });
});
