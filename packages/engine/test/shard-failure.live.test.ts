import { type ShardPhase, Snapshot } from '@cacheferry/contract';
import {
  compareDumps,
  dumpAll,
  type RedisCluster,
  type RedisServer,
  startCluster,
  startRedis,
  stopEverything,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Migration } from './migration.ts';

afterEach(() => stopEverything());

const seed = (cluster: RedisCluster) =>
  Promise.all(Array.from({ length: 900 }, (_, n) => cluster.client.set(`k:${n}`, `v${n}`)));

const write = (cluster: RedisCluster, count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => cluster.client.append(`n:${n % 100}`, 'x'.repeat(200))));

/** Whoever takes a shard over on the target ends the engine that had it before. */
async function takeOver(target: RedisServer, shard: string): Promise<void> {
  const [key] = (await target.client.keys('cf:ck:*')).filter((name) => name.includes(shard));
  await target.client.hincrby(key as string, 'epoch', 1);
}

async function reach(run: Migration, phase: ShardPhase): Promise<void> {
  const isThere = async () => (await run.status()).shards.every((shard) => shard.phase === phase);
  await waitFor(isThere, { deadlineMs: 30_000, everyMs: 20, what: `all shards in ${phase}` });
}

async function expectSame(cluster: RedisCluster, target: RedisServer): Promise<void> {
  const look = async () => {
    const [a, b] = await Promise.all([dumpAll(cluster.client), dumpAll(target.client)]);
    return compareDumps(a, b, { ignore: (key) => key.startsWith('0 cf:') }).length;
  };
  await waitFor(async () => (await look()) === 0, { deadlineMs: 30_000, everyMs: 300, what: 'equal data' });
}

const slow = { options: { rateKeys: 300, batch: 20 } };

describe('a run of several shards of which one fails for good', () => {
  test.each([
    ['full_sync', slow],
    ['catching_up', slow],
    ['incremental_sync', {}],
  ] as const)('while the others are in %s ends, says which, and goes on from there', async (phase, job) => {
    const [cluster, target] = await Promise.all([startCluster(), startRedis()]);
    await seed(cluster);
    const run = new Migration({ source: cluster, target }, job);
    if (phase === 'catching_up') await reach(run, 'full_sync').then(() => write(cluster, 3_000));
    await reach(run, phase);
    const failing = (await run.status()).shards[1]?.id as string;
    await takeOver(target, failing);
    await write(cluster, 300);
    await expect(run.end).rejects.toMatchObject({ code: 'engine.fenced' });
    expect(run.of('error')).toMatchObject([{ code: 'engine.fenced', fatal: true, shard: failing }]);
    const { shards } = Snapshot.parse(run.of('progress').at(-1));
    expect(shards.filter((shard) => shard.phase === 'failed').map(({ id }) => id)).toEqual([failing]);
    const resumed = new Migration({ source: cluster, target }, {}, run.dir);
    await expectSame(cluster, target);
    await resumed.stop();
  });
});
