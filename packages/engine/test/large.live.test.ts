import { randomBytes } from 'node:crypto';
import { startRedis, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from './migration.ts';

afterEach(() => stopEverything());

describe('what is large', () => {
  test('a transaction of 80 MiB arrives whole, without being held as a whole', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    const value = randomBytes(1_048_576);
    const transaction = source.client.multi();
    for (let n = 0; n < 80; n++) transaction.set(`k:${n}`, value);
    await transaction.incr('after').exec();
    await run.caughtUp(source);
    expect((await target.info('commandstats')).cmdstat_exec).toBeDefined();
    await expectEqual(source, target);
    await run.stop();
  });

  test('values of tens of megabytes arrive by the full sync and by the stream', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await source.client.set('text', randomBytes(40_000_000));
    const members = Array.from({ length: 50_000 }, (_, n) => [n, `member ${n} ${'x'.repeat(100)}`]).flat();
    await source.client.zadd('zset', ...(members as [number, string]));
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    await source.client.set('later', randomBytes(30_000_000));
    await source.client.append('text', 'end');
    await run.caughtUp(source);
    await expectEqual(source, target);
    await run.stop();
  });

  test.each([
    { bigKeyBytes: 65_536, inPieces: true },
    { bigKeyBytes: 8_388_608, inPieces: false },
  ])('values above $bigKeyBytes bytes arrive in pieces, others at once', async ({ bigKeyBytes, inPieces }) => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await source.client.set('text', randomBytes(300_000));
    await source.client.hset(
      'hash',
      Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, `${n}`.repeat(9)])),
    );
    const run = new Migration({ source, target }, { options: { bigKeyBytes } });
    await run.caughtUp(source);
    expect('cmdstat_renamenx' in (await target.info('commandstats'))).toBe(inPieces);
    await expectEqual(source, target);
    await run.stop();
  });
});
