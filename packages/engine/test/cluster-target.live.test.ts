import path from 'node:path';
import {
  dumpAll,
  type RedisCluster,
  seedMixed,
  startCluster,
  startRedis,
  startWriter,
  stopEverything,
} from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';

afterAll(() => stopEverything());

async function bookkeepingOf(cluster: RedisCluster): Promise<string[]> {
  const found = await Promise.all(cluster.nodes.map(({ server }) => server.client.keys('cf:*')));
  return found.flat();
}

describe('a cluster as target', () => {
  test('gets a full copy, spread over its nodes, and no trace of the migration', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    await seedMixed(source.client, { keys: 3_000 });
    const migration = new Migration({ source, target }, { mode: 'full' });
    const { snapshot } = await migration.end;
    await expectEqual(source, target);
    expect(snapshot.keysDone).toBe(await source.client.dbsize());
    expect(await bookkeepingOf(target)).toEqual([]);
  });

  test('follows the stream of a source that is written to all the while', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster({ password: 'p' })]);
    await seedMixed(source.client, { keys: 2_000 });
    const writer = await startWriter(source.url, { rate: 2_000 });
    const migration = new Migration({ source, target });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await writer.stop();
    await migration.caughtUp(source);
    await expectEqualSoon(source, target);
    expect(migration.codes()).toEqual([]);
    expect((await migration.stop()).outcome).toBe('stopped');
  });

  test('takes a large collection as one value', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    for (let n = 0; n < 20; n++) await source.client.rpush('large', Buffer.alloc(1_000_000, `${n} `));
    await source.client.pexpire('large', 600_000);
    await source.client.set('beside', '1');
    const migration = new Migration({ source, target }, { mode: 'full' });
    const { snapshot } = await migration.end;
    await expectEqual(source, target);
    expect(snapshot.keysDone).toBe(2);
    expect(await bookkeepingOf(target)).toEqual([]);
  });

  test('takes what is in an RDB file', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    await seedMixed(source.client, { keys: 1_000 });
    await source.client.save();
    const [, dir = ''] = await source.client.config('GET', 'dir');
    const [, name = ''] = await source.client.config('GET', 'dbfilename');
    const migration = new Migration({ source: { url: `rdb:${path.join(dir, name)}` }, target });
    expect((await migration.end).outcome).toBe('completed');
    await expectEqualSoon(source, target);
    expect(await bookkeepingOf(target)).toEqual([]);
  });

  test.each([
    ['overwrite', 'ours'],
    ['skip', 'theirs'],
  ] as const)('copied anew with policy %s loses what vanished and keeps what was its own', async (onConflict, both) => {
    const [source, target] = await Promise.all([
      startRedis({ args: ['--repl-backlog-size', '16384'] }),
      startCluster(),
    ]);
    await seedMixed(source.client, { keys: 500 });
    await source.client.mset('both', 'ours', 'vanishes', '1', 'own', '1');
    for (const key of ['both', 'only theirs']) await target.client.set(key, 'theirs');
    const job = { options: { onConflict } };
    const first = new Migration({ source, target }, job);
    await first.caughtUp(source);
    await first.stop();
    await source.client.del('vanishes');
    await source.client.mset('own', '2', 'big', Buffer.alloc(100_000));
    const second = new Migration({ source, target }, job, first.dir);
    await second.caughtUp(source);
    await second.stop();
    expect(second.codes()).toContain('source.backlog_overrun');
    const found = ['both', 'own', 'vanishes', 'only theirs'].map((key) => target.client.get(key));
    expect(await Promise.all(found)).toEqual([both, '2', null, 'theirs']);
    await source.client.set('only theirs', 'theirs');
    await expectEqualSoon(source, target, { ignoring: / both$/ });
  });

  test('loses what is in scope when its source is flushed, and keeps what is not', async () => {
    const [source, target] = await Promise.all([startRedis(), startCluster()]);
    await target.client.set('theirs', '1');
    await seedMixed(source.client, { keys: 500, prefix: 'ours:' });
    const migration = new Migration({ source, target }, { options: { filter: ['ours:*'] } });
    await migration.caughtUp(source);
    await source.client.multi().set('ours:before', '1').incr('ours:count').exec();
    await source.client.flushall();
    await source.client.multi().set('ours:behind', '1').incr('ours:count').exec();
    await migration.caughtUp(source);
    expect([...(await dumpAll(target.client)).keys()].filter((key) => !key.startsWith('0 cf:')).sort()).toEqual([
      '0 ours:behind',
      '0 ours:count',
      '0 theirs',
    ]);
    await migration.stop();
  });
});
