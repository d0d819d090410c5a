import { seedMixed, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from './migration.ts';

afterEach(() => stopEverything());

describe('a full sync', () => {
  test('copies every type, encoding, time to live and database, then removes its bookkeeping', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const keys = await seedMixed(source.client, { keys: 3_000, dbs: [0, 1, 15] });
    const migration = new Migration({ source, target }, { mode: 'full' });
    const { outcome, snapshot } = await migration.end;
    expect(outcome).toBe('completed');
    expect(snapshot).toMatchObject({ state: 'completed', keysDone: keys, keysTotal: keys, lost: {}, errors: {} });
    await expectEqual(source, target);
    expect(await target.client.keys('cf:*')).toEqual([]);
    expect(migration.of('done')).toMatchObject([{ outcome: 'completed', totals: { keysDone: keys } }]);
  });

  test('an empty source is done at once', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const { outcome, snapshot } = await new Migration({ source, target }, { mode: 'full' }).end;
    expect([outcome, snapshot.keysDone]).toEqual(['completed', 0]);
    expect(await target.client.dbsize()).toBe(0);
  });

  test('a key whose time to live has passed is not copied', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await source.client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0').catch(() => {});
    await source.client.set('gone', 'x', 'PX', 1);
    await source.client.set('stays', 'x', 'PX', 3_600_000);
    await new Migration({ source, target }, { mode: 'full' }).end;
    expect(await target.client.keys('*')).toEqual(['stays']);
  });

  test.each([
    ['fail', 'target.key_exists', 'theirs'],
    ['skip', null, 'theirs'],
    ['overwrite', null, 'ours'],
  ] as const)(
    'with on-conflict %s a key that came to the target meanwhile ends with %s',
    async (onConflict, code, value) => {
      const [source, target] = await Promise.all([startRedis(), startRedis()]);
      await seedMixed(source.client, { keys: 500 });
      await source.client.set('both', 'ours');
      await target.client.set('both', 'theirs');
      await target.client.set('other', 'theirs');
      const run = new Migration({ source, target }, { mode: 'full', options: { onConflict } });
      if (onConflict === 'fail') await expect(run.end).rejects.toMatchObject({ code });
      else expect((await run.end).snapshot).toMatchObject({ keysSkipped: onConflict === 'skip' ? 1 : 0 });
      expect(code === null || run.codes().length > 0).toBe(true);
      expect(await target.client.mget('both', 'other')).toEqual([value, 'theirs']);
    },
  );

  test('a run that is complete leaves a state directory in which the next one begins anew', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await source.client.set('a', '1');
    const first = new Migration({ source, target }, { mode: 'full' });
    await first.end;
    await target.client.flushall();
    await source.client.set('a', '2');
    await new Migration({ source, target }, { mode: 'full' }, first.dir).end;
    expect(await target.client.get('a')).toBe('2');
  });

  test('after an incremental sync that was stopped copies what the source has now', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 200 });
    const followed = new Migration({ source, target });
    await followed.caughtUp(source);
    await followed.stop();
    await source.client.del(...(await source.client.keys('*')).slice(0, 50));
    await source.client.set('newer', '1');
    const { snapshot } = await new Migration({ source, target }, { mode: 'full' }).end;
    expect(snapshot.keysDone).toBe(await source.client.dbsize());
    await expectEqual(source, target);
  });

  test('a state directory of another migration is refused', async () => {
    const [source, target, other] = await Promise.all([startRedis(), startRedis(), startRedis()]);
    const first = new Migration({ source, target }, { mode: 'full' });
    await first.end;
    const second = new Migration({ source: other, target }, { mode: 'full' }, first.dir);
    await expect(second.end).rejects.toMatchObject({ code: 'engine.state_mismatch' });
  });
});
