import { startCluster, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, expect, test } from 'vitest';
import { expectSame, HotKeys, levelWith, seed } from './hot-cluster.ts';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

const clustered = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '1500'];

test('a primary without slots that becomes a replica of another says nothing of that one, before it is promoted', {
  timeout: 120_000,
}, async () => {
  const [cluster, target, fourth] = await Promise.all([startCluster(), startRedis(), startRedis({ args: clustered })]);
  await seed(cluster, 500);
  const { client } = fourth;
  await client.call('CLUSTER', 'MEET', cluster.node(0).server.host, cluster.node(0).server.port);
  const knows = async (text: string) => String(await client.call('CLUSTER', 'INFO')).includes(text);
  await waitFor(() => knows('cluster_known_nodes:4'), { deadlineMs: 20_000 });
  const run = new Migration({ source: cluster, target });
  const shards = async () => (await run.status()).shards.length;
  await waitFor(async () => (await shards()) === 4, { deadlineMs: 40_000 });
  await levelWith(run, cluster);
  const hot = new HotKeys(cluster).start();
  await client.call('CLUSTER', 'REPLICATE', cluster.node(0).id);
  await waitFor(async () => (await fourth.info('replication')).master_link_status === 'up', { deadlineMs: 20_000 });
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await client.call('CLUSTER', 'FAILOVER');
  await waitFor(async () => (await fourth.info('replication')).role === 'master', { deadlineMs: 20_000 });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await hot.stop();
  await levelWith(run, cluster);
  await expectSame(cluster, target);
  expect(run.of('log').filter(({ msg }) => /Slots have moved/.test(msg))).toEqual([]);
  await run.stop();
  const resumed = new Migration({ source: cluster, target }, {}, run.dir);
  await waitFor(async () => (await resumed.status()).state === 'incremental_sync', { deadlineMs: 30_000 });
  expect((await resumed.status()).shards).toHaveLength(3);
  await resumed.stop();
  // What the shard that is none any more had noted leaves with the others.
  expect((await target.client.keys('cf:ck:*')).length).toBeGreaterThan(4);
  const last = new Migration({ source: cluster, target }, { mode: 'full' }, run.dir);
  expect((await last.end).outcome).toBe('completed');
  expect(await target.client.keys('cf:*')).toEqual([]);
});
