import { seedMixed, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqualSoon, Migration } from './migration.ts';

afterEach(() => stopEverything());

const smallBacklog = { args: ['--repl-backlog-size', '16384'] };

describe('a repeated full sync', () => {
  test('removes what vanished from the source while nobody followed it', async () => {
    const [source, target] = await Promise.all([startRedis(smallBacklog), startRedis()]);
    await seedMixed(source.client, { keys: 2_000, dbs: [0, 2] });
    const first = new Migration({ source, target });
    await first.caughtUp(source);
    await source.client.set('later', '1');
    await first.caughtUp(source);
    await first.stop();
    const gone = (await source.client.keys('*')).slice(0, 200);
    await source.client.del('later', ...gone);
    await source.client.set('big', Buffer.alloc(100_000));
    const second = new Migration({ source, target }, {}, first.dir);
    await second.caughtUp(source);
    await expectEqualSoon(source, target);
    expect(second.codes()).toContain('source.backlog_overrun');
    await second.stop();
  });

  test('keeps keys of the target that were there before the migration and not overwritten by it', async () => {
    const [source, target] = await Promise.all([startRedis(smallBacklog), startRedis()]);
    await seedMixed(source.client, { keys: 500 });
    await source.client.mset('both', 'ours', 'stays both', 'ours');
    await target.client.mset('both', 'theirs', 'stays both', 'theirs', 'only theirs', 'x');
    const job = { options: { onConflict: 'overwrite' as const } };
    const first = new Migration({ source, target }, job);
    await first.caughtUp(source);
    await first.stop();
    await source.client.del('both');
    await source.client.set('big', Buffer.alloc(100_000));
    const second = new Migration({ source, target }, job, first.dir);
    await second.caughtUp(source);
    expect(await target.client.mget('both', 'stays both', 'only theirs')).toEqual([null, 'ours', 'x']);
    await second.stop();
    await target.client.del('only theirs');
    await expectEqualSoon(source, target);
  });

  test('with policy skip leaves keys of the target alone, and renews its own', async () => {
    const [source, target] = await Promise.all([startRedis(smallBacklog), startRedis()]);
    await source.client.mset('both', 'ours', 'own', '1', 'vanishes', '1');
    await target.client.mset('both', 'theirs', 'only theirs', 'x');
    const job = { options: { onConflict: 'skip' as const } };
    const first = new Migration({ source, target }, job);
    await first.caughtUp(source);
    await first.stop();
    await source.client.del('vanishes');
    await source.client.mset('own', '2', 'big', Buffer.alloc(100_000));
    const second = new Migration({ source, target }, job, first.dir);
    await second.caughtUp(source);
    const found = await target.client.mget('both', 'own', 'vanishes', 'only theirs');
    expect(found).toEqual(['theirs', '2', null, 'x']);
    expect((await second.status()).keysSkipped).toBe(1);
    await second.stop();
  });

  test('a source that was restarted as another one is copied anew', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 300 });
    const migration = new Migration({ source, target });
    await migration.caughtUp(source);
    await source.restart('SIGKILL');
    await source.client.set('new', 'life');
    await migration.caughtUp(source);
    await expectEqualSoon(source, target);
    await migration.stop();
  });
});
