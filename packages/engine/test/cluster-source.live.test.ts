import {
  hasServer,
  type RedisCluster,
  seedMixed,
  startCluster,
  startRedis,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
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

/** Writes where the key's slot is. */
async function setIn(cluster: RedisCluster, db: number, key: string): Promise<void> {
  const { server } = await cluster.ownerOf(Number(await cluster.client.cluster('KEYSLOT', key)));
  await server.connect({ db }).set(key, `of ${db}`);
}

describe.skipIf(!(await hasServer('valkey@9')))('a clustered source of several databases', () => {
  const start = () =>
    Promise.all([startCluster({ version: 'valkey@9', args: ['--cluster-databases', '4'] }), startRedis()]);

  test('is refused before anything is written, or copied without the others', async () => {
    const [cluster, target] = await start();
    await setIn(cluster, 0, 'a');
    await setIn(cluster, 3, 'b');
    const run = new Migration({ source: cluster, target }, { mode: 'full' });
    await expect(run.end).rejects.toMatchObject({ code: 'preflight.blocked' });
    const part = new Migration({ source: cluster, target }, { mode: 'full', options: { filter: ['db:0'] } });
    expect((await part.end).outcome).toBe('completed');
    expect(await target.connect({ db: 3 }).dbsize()).toBe(0);
    expect(await target.client.get('a')).toBe('of 0');
  });

  test('ends the run when another database is used later', async () => {
    const [cluster, target] = await start();
    await setIn(cluster, 0, 'a');
    const run = new Migration({ source: cluster, target });
    await levelWith(run, cluster);
    await setIn(cluster, 2, 'b');
    await expect(run.end).rejects.toMatchObject({ code: 'source.cluster_database', facts: { db: 2 } });
    expect(await target.connect({ db: 2 }).dbsize()).toBe(0);
  });

  test('is copied and followed whole where it is read by SCAN', async () => {
    const [cluster, target] = await start();
    for (const { server } of cluster.nodes) await server.client.config('SET', 'notify-keyspace-events', 'KA');
    for (let n = 0; n < 20; n++) for (const db of [0, 3]) await setIn(cluster, db, `k${n}`);
    const url = cluster.url.replace('redis+cluster', 'redis-scan+cluster');
    const run = new Migration({ source: { url }, target });
    const sizes = () => Promise.all([0, 1, 3].map((db) => target.connect({ db }).dbsize()));
    await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 30_000 });
    for (const db of [0, 1, 3]) await setIn(cluster, db, 'new');
    await waitFor(async () => (await sizes()).join() === '22,1,21', { deadlineMs: 20_000 }).catch(() => {});
    expect(await sizes()).toEqual([22, 1, 21]);
    await run.stop();
  });
});
