import { seedMixed, startRedis, startSentinel, startWriter, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

const fullSyncs = (run: Migration) => run.of('phase').filter(({ phase }) => phase === 'waiting_snapshot').length;

async function writeOver(url: string, change: () => Promise<unknown>) {
  const writer = await startWriter(url, { rate: 1_000 });
  await waitFor(() => writer.counts.acked > 300);
  await change();
  const { acked } = writer.counts;
  await waitFor(() => writer.counts.acked > acked + 300, { deadlineMs: 30_000, what: 'writes to go on' });
  await writer.stop();
}

describe('a source behind sentinels', () => {
  test('is followed over a planned failover without a full sync, and over a kill', async () => {
    const [group, target] = await Promise.all([startSentinel({ password: 'p' }), startRedis()]);
    await seedMixed((await group.primary()).client, { keys: 500 });
    const run = new Migration({ source: group, target });
    await run.caughtUp(await group.primary());
    await writeOver(group.url, () => group.failover());
    await run.caughtUp(await group.primary());
    await expectEqualSoon(await group.primary(), target);
    expect(fullSyncs(run)).toBeLessThanOrEqual(1);
    await writeOver(group.url, () => group.failover('SIGKILL'));
    await run.caughtUp(await group.primary());
    await expectEqualSoon(await group.primary(), target);
    await run.stop();
  });
});

describe('a target behind sentinels', () => {
  test('gets every effect once over a failover to a replica that is behind', async () => {
    const [source, group] = await Promise.all([startRedis(), startSentinel({ replicas: 1 })]);
    const before = await group.primary();
    await seedMixed(source.client, { keys: 500 });
    const run = new Migration({ source, target: group });
    await run.caughtUp(source);
    const replica = group.servers.find((server) => server !== before);
    await replica?.kill('SIGSTOP');
    for (let n = 0; n < 200; n++) await source.client.multi().incr('n').rpush('l', n).exec();
    await run.caughtUp(source);
    expect(await before.client.get('n')).toBe('200');
    await before.kill();
    await replica?.kill('SIGCONT');
    for (let n = 0; n < 50; n++) await source.client.multi().incr('n').rpush('l', n).exec();
    const promoted = await waitFor(
      async () => {
        const now = await group.primary();
        return now === before ? null : now;
      },
      { deadlineMs: 30_000 },
    );
    await run.caughtUp(source);
    await expectEqual(source, promoted);
    await run.stop();
  });

  test('that does not answer any more is left for the one that the sentinels promote', async () => {
    const [source, group] = await Promise.all([startRedis(), startSentinel()]);
    const run = new Migration({ source, target: group });
    await run.caughtUp(source);
    await writeOver(source.url, () => group.failover('SIGSTOP'));
    await run.caughtUp(source);
    await expectEqualSoon(source, await group.primary());
    expect(run.codes()).toContain('target.failover');
    await run.stop();
  });
});
