import {
  compareDumps,
  dumpAll,
  faultProxy,
  type FaultProxy,
  type RedisCluster,
  seedMixed,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectSame, HotKeys, seed } from './hot-cluster.ts';
import { expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

/** A long line: slow, uneven and narrow. */
const far = { latencyMs: 100, jitterMs: 50, rate: 1_000_000 };

type Fronted = { url: string; proxies: readonly FaultProxy[] };

/** A cluster as it is seen through a proxy for each node. */
async function fronted(cluster: RedisCluster): Promise<Fronted> {
  const proxies = await Promise.all(cluster.nodes.map(({ server }) => faultProxy({ port: server.port })));
  const pairs = cluster.nodes.map(({ server }, at) => `127.0.0.1:${server.port}=127.0.0.1:${proxies[at]?.port}`);
  return { url: `redis+cluster://127.0.0.1:${proxies[0]?.port}?addressMap=${pairs.join(',')}`, proxies };
}

describe('a long, narrow, uneven line', { timeout: 180_000 }, () => {
  test.each(['one server', 'a cluster'] as const)(
    'into %s makes everything slower, and nothing wrong',
    async (kind) => {
      const [source, end] = await Promise.all([startRedis(), kind === 'a cluster' ? startCluster() : startRedis()]);
      await seedMixed(source.client, { keys: 2_000 });
      const front = await faultProxy({ port: source.port });
      const back: Fronted =
        'nodes' in end
          ? await fronted(end)
          : await faultProxy({ port: end.port }).then((one) => ({ url: one.url, proxies: [one] }));
      for (const proxy of [front, ...back.proxies]) proxy.set(far);
      const writer = await startWriter(source.url, { rate: 300 });
      const run = new Migration({ source: front, target: back });
      await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 110_000 });
      const { accepted } = front;
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      await writer.stop();
      await run.caughtUp(source);
      await expectEqualSoon(source, end);
      expect(run.codes()).toEqual([]);
      expect(front.accepted).toBe(accepted);
      expect(Number((await source.info('stats')).sync_full)).toBe(1);
      await run.stop();
    },
  );
});

describe('one node of a cluster that only the engine is cut off from', { timeout: 120_000 }, () => {
  test('at the source lags and says so, while the others go on', async () => {
    const [source, target] = await Promise.all([startCluster(), startRedis()]);
    await seed(source, 300);
    const { url, proxies } = await fronted(source);
    const run = new Migration({ source: { url }, target });
    await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 30_000 });
    const cut = source.node(1).server;
    const shardOf = async () => {
      const { shards, lagMs, lagBytes } = await run.status();
      return {
        shard: shards.find(
          (one) => one.source?.endsWith(`:${cut.port}`) || one.source?.endsWith(`:${proxies[1]?.port}`),
        ),
        shards,
        lagMs,
        lagBytes,
      };
    };
    expect((await shardOf()).shard).toBeDefined();
    const hot = new HotKeys(source).start();
    await waitFor(() => hot.sent > 500, { deadlineMs: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    proxies[1]?.set({ mode: 'blackhole' });
    await waitFor(() => run.codes().some((code) => /^endpoint\.(timeout|link_lost)/.test(code)), {
      deadlineMs: 60_000,
      what: `the silence to be noticed: ${run.codes()}`,
    });
    const { sent } = hot;
    await waitFor(() => hot.sent > sent + 1_000, { deadlineMs: 20_000 });
    await hot.stop();
    // Those of the other nodes are there.
    const others = [0, 2].map((at) => source.node(at).server);
    const onOthers = async () => {
      const here = await dumpAll(target.client);
      const there = await Promise.all(others.map(({ client }) => dumpAll(client)));
      const wanted = new Map(there.flatMap((dump) => [...dump]));
      const found = new Map([...here].filter(([key]) => wanted.has(key)));
      return compareDumps(wanted, found, { ignore: (key) => key.startsWith('0 cf:') });
    };
    await waitFor(async () => (await onOthers()).length === 0, { deadlineMs: 20_000, everyMs: 200 }).catch(() => {});
    expect((await onOthers()).slice(0, 5)).toEqual([]);
    const { shard, shards, lagMs, lagBytes } = await shardOf();
    expect([shard?.phase, shard?.lagBytes, shard?.lagMs, lagBytes, lagMs]).toEqual([
      'reconnecting',
      null,
      null,
      null,
      null,
    ]);
    expect(shards.filter((one) => one.lagBytes === 0).length).toBe(2);
    proxies[1]?.heal();
    proxies[1]?.cut();
    await waitFor(async () => (await onOthers()).length === 0, { deadlineMs: 5_000 });
    await levelThrough(run, source, proxies);
    await expectSame(source, target);
    await run.stop();
  });

  test('at the target loses nothing and doubles nothing', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    await seedMixed(source.client, { keys: 500 });
    const back = await fronted(target);
    const writer = await startWriter(source.url, { rate: 500 });
    const run = new Migration({ source, target: back });
    await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 30_000 });
    for (const mode of ['blackhole', 'hang', 'reset'] as const) {
      back.proxies[2]?.set({ mode });
      const before = run.codes().length;
      await waitFor(() => mode === 'hang' || run.codes().length > before, {
        deadlineMs: 60_000,
        what: `a word on ${mode}`,
      });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      back.proxies[2]?.heal();
      back.proxies[2]?.cut();
      await run.caughtUp(source);
    }
    await writer.stop();
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    await run.stop();
  });
});

/** Until every primary's writes up to now are on the target, however its shard is called. */
async function levelThrough(run: Migration, cluster: RedisCluster, proxies: readonly FaultProxy[]): Promise<void> {
  const primaries = await cluster.primaries();
  const wanted = await Promise.all(
    primaries.map(async ({ server }) => {
      const at = cluster.nodes.findIndex((node) => node.server === server);
      const { master_repl_offset: offset } = await server.info('replication');
      return { ports: [server.port, proxies[at]?.port], offset: Number(offset) };
    }),
  );
  await waitFor(
    async () => {
      const { shards } = await run.status();
      return wanted.every(({ ports, offset }) =>
        shards.some(
          ({ source, lagBytes, sourceOffset }) =>
            ports.some((port) => source?.endsWith(`:${port}`)) && lagBytes === 0 && (sourceOffset ?? 0) >= offset,
        ),
      );
    },
    { deadlineMs: 60_000, everyMs: 100, what: 'all shards to be level' },
  );
}
