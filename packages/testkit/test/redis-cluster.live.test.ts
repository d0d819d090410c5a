import { afterAll, describe, expect, test } from 'vitest';
import {
  compareServers,
  hasServer,
  seedMixed,
  type ServerVersion,
  startCluster,
  startRedis,
  stopEverything,
  waitFor,
} from '../src/index.ts';

afterAll(() => stopEverything());

describe.each(['redis@6.0', 'redis@7.0', 'valkey@8.1'] satisfies ServerVersion[])('a cluster of %s', (version) => {
  test('serves all slots, and a slot can be moved with its keys', async ({ skip }) => {
    if (!(await hasServer(version))) skip();
    const cluster = await startCluster({ version, password: 'pä ss' });
    for (let n = 0; n < 10; n++) await cluster.client.set(`{a}${n}`, n);
    const slot = Number(await cluster.client.cluster('KEYSLOT', 'a'));
    const from = cluster.nodes.indexOf(await cluster.ownerOf(slot));
    const to = (from + 1) % 3;
    await cluster.moveSlot(slot, to);
    expect(await cluster.ownerOf(slot)).toBe(cluster.node(to));
    expect(await cluster.node(to).server.client.dbsize()).toBe(10);
    expect(await cluster.client.get('{a}7')).toBe('7');
  });
});

test('a replica takes over from a primary that was killed', async () => {
  const cluster = await startCluster({ replicas: 1 });
  await cluster.client.set('a', '1');
  await cluster.client.set('b', '2');
  await waitFor(
    async () => (await cluster.node(3).server.client.dbsize()) === (await cluster.node(0).server.client.dbsize()),
  );
  await cluster.failover(3, 'kill');
  expect((await cluster.primaries()).map(({ server }) => server.port)).toContain(cluster.node(3).server.port);
  expect(await waitFor(() => cluster.client.mget('a').catch(() => null))).toEqual(['1']);
});

test('a graceful failover loses nothing, and the old primary follows', async () => {
  const cluster = await startCluster({ replicas: 1 });
  await cluster.failover(4);
  await waitFor(async () => String(await cluster.node(1).server.client.call('ROLE')).startsWith('slave'));
});

test('the keys of a cluster over TLS can be compared with those of one server', async () => {
  const [cluster, single] = await Promise.all([startCluster({ tls: true }), startRedis()]);
  await seedMixed(single.client, { keys: 300 });
  for (const key of (await single.client.keysBuffer?.('*')) ?? []) {
    const payload = await single.client.dumpBuffer(key);
    const at = Math.max(0, await single.client.pexpiretime(key));
    await cluster.client.restore(key, at, payload, 'ABSTTL');
  }
  expect((await compareServers(single.client, cluster.client)).differences).toEqual([]);
});
