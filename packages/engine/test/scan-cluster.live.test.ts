import { randomBytes } from 'node:crypto';
import { startCluster, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectSame, HotKeys, seed } from './hot-cluster.ts';
import { Migration } from './migration.ts';
import { MovingSlots } from './moving-slots.ts';

afterEach(() => stopEverything());

const tags = Array.from({ length: 40 }, (_, tag) => tag);
const noStream = ['user default on nopass ~* &* +@all -psync -sync -replconf'];

async function start(told: boolean) {
  const [cluster, target] = await Promise.all([
    startCluster({ replicas: 1, args: told ? ['--notify-keyspace-events', 'KA'] : [] }),
    startRedis(),
  ]);
  await seed(cluster, 100);
  for (let n = 0; n < 2_000; n++) await cluster.client.set(`big:{${n % 40}}:${n}`, randomBytes(4_000));
  const slots = await Promise.all(tags.map(async (tag) => Number(await cluster.client.cluster('KEYSLOT', `${tag}`))));
  return { cluster, target, slots, source: { url: cluster.url.replace('redis+cluster:', 'redis-scan+cluster:') } };
}

describe('a cluster that is read by SCAN while its slots move', () => {
  test('is copied whole, without a stream', async () => {
    const { cluster, target, slots, source } = await start(false);
    for (const { server } of cluster.nodes.slice(0, 3)) await server.client.call('ACL', 'SETUSER', ...aclOf(noStream));
    const run = new Migration({ source, target }, { mode: 'full', options: { rateKeys: 400, batch: 50 } });
    await waitFor(async () => (await run.status()).keysDone > 0, { deadlineMs: 30_000 });
    const moves = new MovingSlots(cluster, slots);
    await moves.until(2);
    await moves.stop();
    await run.ask({ command: 'rate', rateKeys: 0, rateBytes: 0 });
    expect((await run.end).outcome).toBe('completed');
    expect(run.of('log').some(({ msg }) => msg.includes('read again'))).toBe(true);
    await expectSame(cluster, target);
  });

  test('is equal once writes rest, over a failover', async () => {
    const { cluster, target, slots, source } = await start(true);
    const hot = new HotKeys(cluster).start();
    const run = new Migration({ source, target });
    await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 60_000 });
    const moves = new MovingSlots(cluster, slots);
    await moves.until(4);
    await moves.stop();
    await cluster.failover(4);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await hot.stop();
    const isSame = () => expectSame(cluster, target).then(() => true);
    await waitFor(() => isSame().catch(() => false), { deadlineMs: 40_000 }).catch(isSame);
    await run.stop();
  });
});

/** The words behind ACL SETUSER of a line of an ACL file. */
const aclOf = ([line = '']: readonly string[]): string[] => line.split(' ').slice(1);
