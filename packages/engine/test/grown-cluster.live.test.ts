import {
  type ClusterNode,
  type RedisCluster,
  startCluster,
  startRedis,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { join, leave, move } from './grown-cluster.ts';
import { expectSame, HotKeys, levelWith, seed } from './hot-cluster.ts';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

const tags = [0, 1, 2, 3];
const slotOf = async ({ client }: RedisCluster, key: string) => Number(await client.cluster('KEYSLOT', key));

describe('a cluster that grows and shrinks while it is followed', { timeout: 180_000 }, () => {
  test('is followed on its new node, and without it when it has gone', async () => {
    const [cluster, target] = await Promise.all([startCluster(), startRedis()]);
    await seed(cluster, 300);
    const run = new Migration({ source: cluster, target });
    await levelWith(run, cluster);
    const hot = new HotKeys(cluster).start();
    const fourth = await join(cluster);
    const homes = new Map<number, ClusterNode>();
    for (const tag of tags) {
      const slot = await slotOf(cluster, String(tag));
      homes.set(slot, await cluster.ownerOf(slot));
    }
    for (const [slot, home] of homes) await move(cluster, slot, { from: home, to: fourth });
    await waitFor(async () => (await run.status()).shards.length === 4, { deadlineMs: 20_000, what: 'the new shard' });
    const { sent } = hot;
    await waitFor(() => hot.sent > sent + 500, { deadlineMs: 20_000 });
    for (const [slot, home] of homes) await move(cluster, slot, { from: fourth, to: home });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await leave(cluster, fourth);
    const after = hot.sent;
    await waitFor(() => hot.sent > after + 500, { deadlineMs: 20_000 });
    await hot.stop();
    await levelWith(run, cluster);
    await expectSame(cluster, target);
    await run.stop();
    const resumed = new Migration({ source: cluster, target }, {}, run.dir);
    await cluster.client.set('later', '1');
    await levelWith(resumed, cluster);
    await expectSame(cluster, target);
    await resumed.stop();
  });
});

/** Whether a server holds writes back: a message counts as one, and changes nothing. */
async function isFenced({ server }: ClusterNode): Promise<boolean> {
  const writer = server.connect();
  const sent = writer.publish('nobody', 'x').then(() => false);
  sent.catch(() => {});
  const patience = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 1_000));
  try {
    return await Promise.race([sent, patience]);
  } finally {
    writer.disconnect();
  }
}

describe('a cluster that several engines read by SCAN and fence', { timeout: 180_000 }, () => {
  test('is held with the primaries that joined, and those that took the place of others', async () => {
    const told = ['--notify-keyspace-events', 'KA'];
    const [cluster, target] = await Promise.all([startCluster({ replicas: 1, args: told }), startRedis()]);
    await seed(cluster, 100);
    const source = { url: cluster.url.replace('redis+cluster:', 'redis-scan+cluster:') };
    const runs = [1, 2].map((number) => new Migration({ source, target }, { share: { number, of: 2 } }));
    const isLive = async () =>
      (await Promise.all(runs.map((run) => run.status()))).every(({ state }) => state === 'incremental_sync');
    await waitFor(isLive, { deadlineMs: 60_000, what: 'both engines to follow' });
    const joined = await join(cluster, told);
    const slot = await slotOf(cluster, '0');
    await move(cluster, slot, { from: await cluster.ownerOf(slot), to: joined });
    await cluster.failover(3);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    for (const run of runs) await run.ask({ command: 'fence' });
    const fenced = async (nodes: readonly ClusterNode[]) => (await Promise.all(nodes.map(isFenced))).every(Boolean);
    expect(await fenced([...(await cluster.primaries()), joined])).toBe(true);
    // While they are held: who takes a primary's place is held within seconds.
    await cluster.failover(4);
    await waitFor(() => isFenced(cluster.node(4)), { deadlineMs: 10_000, what: 'the new primary to be held' });
    for (const run of runs) await run.ask({ command: 'unfence' });
    await cluster.client.set('free', '1');
    for (const run of runs) await run.stop();
  });
});
