import {
  type ClusterNode,
  compareDumps,
  dumpAll,
  type FaultProxy,
  faultProxy,
  freePort,
  type RedisCluster,
  seedMixed,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

type Hidden = { cluster: RedisCluster; proxies: FaultProxy[]; url: string; bareUrl: string };

/** A cluster whose nodes announce ports where nobody listens; each is reached through a proxy. */
async function hide(cluster: RedisCluster): Promise<Hidden> {
  const places = await Promise.all(
    cluster.nodes.map(async ({ server }) => {
      const [announced, proxy] = [await freePort(), await faultProxy({ port: server.port })];
      await server.client.config('SET', 'cluster-announce-bus-port', server.port + 10_000);
      await server.client.config('SET', 'cluster-announce-port', announced);
      return { announced, proxy };
    }),
  );
  const isKnown = async ({ server }: ClusterNode) => {
    const nodes = String(await server.client.call('CLUSTER', 'NODES'));
    return places.every(({ announced }) => nodes.includes(`:${announced}@`)) && !nodes.includes('disconnected');
  };
  await waitFor(async () => (await Promise.all(cluster.nodes.map(isKnown))).every(Boolean), {
    deadlineMs: 20_000,
    what: 'every node to know what the others announce',
  });
  const proxies = places.map(({ proxy }) => proxy);
  const bareUrl = `redis+cluster://127.0.0.1:${proxies[0]?.port}`;
  const pairs = places.map(({ announced, proxy }) => `127.0.0.1:${announced}=127.0.0.1:${proxy.port}`);
  return { cluster, proxies, bareUrl, url: `${bareUrl}?addressMap=${pairs.join(',')}` };
}

/** What the nodes hold together, bookkeeping left out. */
async function dumpOf({ nodes }: Pick<RedisCluster, 'nodes'>) {
  const dumps = await Promise.all(nodes.map(({ server }) => dumpAll(server.client)));
  return new Map(dumps.flatMap((dump) => [...dump]).filter(([key]) => !key.startsWith('0 cf:')));
}

describe('a cluster that announces addresses which are not reached', () => {
  test('is written to and followed over a moved slot, by its map of addresses', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster().then(hide)]);
    await seedMixed(source.client, { keys: 1_000 });
    const writer = await startWriter(source.url, { rate: 500, seed: 3 });
    const migration = new Migration({ source, target });
    await migration.caughtUp(source);
    for (const slot of [0, 1, 2]) await target.cluster.moveSlot(slot, 1);
    await writer.stop();
    await migration.caughtUp(source);
    const isEqual = async () =>
      compareDumps(await dumpAll(source.client), await dumpOf(target.cluster), { ttlToleranceMs: 0 }).length === 0;
    await waitFor(isEqual, { deadlineMs: 20_000, what: 'equal ends' });
    expect((await migration.stop()).outcome).toBe('stopped');
    for (const proxy of target.proxies) expect(proxy.accepted).toBeGreaterThan(0);
  });

  test('is read and followed, by its map of addresses', async () => {
    const [source, target] = await Promise.all([startCluster(), startRedis()]);
    await seedMixed(source.client, { keys: 1_000 });
    const hidden = await hide(source);
    const migration = new Migration({ source: hidden, target });
    await waitFor(async () => (await migration.status()).state === 'incremental_sync', {
      deadlineMs: 30_000,
      what: 'the copy',
    });
    for (let n = 0; n < 60; n++) {
      const slot = Number(await source.node(0).server.client.call('CLUSTER', 'KEYSLOT', `later:${n}`));
      await (await source.ownerOf(slot)).server.client.rpush(`later:${n}`, 'a', 'b');
    }
    const isEqual = async () =>
      compareDumps(await dumpOf(source), await dumpAll(target.client), { ignore: (key) => key.startsWith('0 cf:') })
        .length === 0;
    await waitFor(isEqual, { deadlineMs: 20_000, what: 'equal ends' });
    expect((await migration.stop()).outcome).toBe('stopped');
    for (const proxy of hidden.proxies) expect(proxy.accepted).toBeGreaterThan(0);
  });

  test('is refused without the map', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster().then(hide)]);
    const migration = new Migration({ source, target: { url: target.bareUrl } }, { mode: 'full' });
    await expect(migration.end).rejects.toMatchObject({ code: 'preflight.blocked' });
  });
});
