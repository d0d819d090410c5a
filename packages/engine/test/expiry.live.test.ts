import { seedMixed, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from './migration.ts';

afterEach(() => stopEverything());

describe('expiries', () => {
  test('a key that would expire during the full sync lives on when the source gives it more time meanwhile', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 3_000, only: ['text'], ttlShare: 0 });
    const soon = Date.now() + 6_000;
    for (let n = 0; n < 50; n++) await source.client.set(`session:${n}`, 1, 'PXAT', soon);
    const migration = new Migration({ source, target }, { options: { rateKeys: 200, batch: 20 } });
    await waitFor(async () => (await migration.status()).keysDone > 100);
    const later = Date.now() + 3_600_000;
    for (let n = 0; n < 20; n++) await source.client.incr(`session:${n}`);
    for (let n = 0; n < 10; n++) await source.client.pexpireat(`session:${n}`, later);
    for (let n = 10; n < 20; n++) await source.client.rename(`session:${n}`, `renamed:${n}`);
    await source.client.persist('renamed:10');
    await waitFor(() => Date.now() > soon + 500);
    await migration.ask({ command: 'rate', rateKeys: 0 });
    await migration.caughtUp(source);
    await waitFor(async () => (await target.client.dbsize()) === (await source.client.dbsize()) + 1);
    await waitFor(async () => (await target.client.call('PEXPIRETIME', 'session:0')) === later);
    await expectEqual(source, target);
    expect(await target.client.get('session:0')).toBe('2');
    await migration.stop();
  });

  test('expiries that were held are the real ones after a stop, to the millisecond', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const migration = new Migration({ source, target });
    await migration.caughtUp(source);
    const at = Date.now() + 1_900;
    for (let n = 0; n < 100; n++) await source.client.set(`k:${n}`, n, 'PXAT', at);
    await migration.caughtUp(source);
    await migration.stop();
    expect(await target.client.call('PEXPIRETIME', 'k:99')).toBe(at);
    await waitFor(async () => (await target.client.dbsize()) === 1, { what: 'the keys to expire' });
  });
});

test('what a shorter expiry has taken from the target is not made anew in part', { timeout: 60_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const run = new Migration({ source, target }, { options: { ttlShiftMs: -60_000 } });
  await run.caughtUp(source);
  await source.client.rpush('list', 'a', 'b');
  await source.client.pexpire('list', 62_000);
  await source.client.hset('hash', 'f', 1);
  await source.client.pexpire('hash', 62_000);
  await run.caughtUp(source);
  await waitFor(async () => (await target.client.exists('list', 'hash')) === 0, { what: 'them to expire there' });
  await source.client.rpush('list', 'c');
  await source.client.hset('hash', 'g', 2);
  await source.client.persist('hash');
  await source.client.set('other', 1);
  await run.caughtUp(source);
  expect(['', 'a,b,c']).toContain(String(await target.client.lrange('list', 0, -1)));
  expect(await target.client.hgetall('hash')).toEqual({ f: '1', g: '2' });
  expect(await target.client.get('other')).toBe('1');
  await waitFor(async () => (await target.client.exists('list')) === 0, { what: 'the list to be gone again' });
  await run.stop();
});
