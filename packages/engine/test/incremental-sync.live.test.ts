import { seedMixed, startRedis, startWriter, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

describe('an incremental sync', () => {
  test('follows a source that is written to all the time, in order and whole', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 5_000, dbs: [0, 3] });
    const writer = await startWriter(source.url, { rate: 3_000 });
    const migration = new Migration({ source, target });
    await migration.caughtUp(source);
    await waitFor(() => writer.counts.sent > 12_000, { deadlineMs: 30_000 });
    await writer.stop();
    await migration.caughtUp(source);
    await expectEqualSoon(source, target);
    const { outcome } = await migration.stop();
    expect(outcome).toBe('stopped');
    expect(migration.codes()).toEqual([]);
    expect(await target.client.keys('cf:ck:*')).toHaveLength(1);
  });

  test('databases, flushes and swaps arrive as they happened', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const migration = new Migration({ source, target });
    await migration.caughtUp(source);
    const client = source.connect();
    await client.set('zero', '0');
    await client.select(2);
    await client.set('two', '2');
    await client.multi().select(4).set('four', '4').exec();
    await client.set('also four', '4');
    await client.swapdb(0, 2);
    await client.select(5);
    await client.set('flushed', 'x');
    await client.flushdb();
    await client.select(0);
    await client.incr('counter');
    await client.publish('channel', 'message');
    await client.publish('__sentinel__:hello', 'noise');
    await migration.caughtUp(source);
    expect((await migration.status()).unforwarded).toEqual({ publish: 1 });
    await expectEqual(source, target);
    await client.flushall();
    await client.set('after', '1');
    await migration.caughtUp(source);
    await expectEqual(source, target);
    await migration.stop();
    const resumed = new Migration({ source, target }, {}, migration.dir);
    await client.incr('counter');
    await resumed.caughtUp(source);
    await expectEqual(source, target);
    await resumed.stop();
  });

  test('goes on where it stopped, without a new full sync', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 500 });
    const first = new Migration({ source, target });
    await first.caughtUp(source);
    await first.stop();
    for (let n = 0; n < 100; n++) await source.client.multi().incr('n').rpush('l', n).exec();
    const second = new Migration({ source, target }, {}, first.dir);
    await second.caughtUp(source);
    await expectEqual(source, target);
    await second.stop();
    expect((await source.info('stats')).sync_full).toBe('1');
  });
});
