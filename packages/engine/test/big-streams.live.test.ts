import { randomBytes } from 'node:crypto';
import { type RedisServer, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from './migration.ts';

afterEach(() => stopEverything());

const pieces = 1_200;

/** A stream of some megabytes, of which a tail and single entries were deleted. */
async function seedStream({ client }: RedisServer, key: string): Promise<void> {
  for (let n = 1; n <= pieces; n++)
    await client.xadd(key, `${Math.ceil(n / 3)}-${n}`, 'field', randomBytes(2_500), ...(n % 4 ? [] : ['more', 'x']));
  await client.xtrim(key, 'MAXLEN', pieces - 12);
  await client.xdel(key, '50-150', '60-180');
}

/** Groups with and without consumers, with entries that are pending in several ways. */
async function seedGroups({ client }: RedisServer, key: string): Promise<void> {
  const at = Date.now() - 100_000;
  await client.xgroup('CREATE', key, 'read', '0');
  await client.xgroup('CREATE', key, 'untouched', '$');
  await client.call('XREADGROUP', 'GROUP', 'read', 'ann', 'COUNT', '400', 'STREAMS', key, '>');
  await client.call('XREADGROUP', 'GROUP', 'read', 'bob', 'COUNT', '3', 'STREAMS', key, '>');
  await client.call('XREADGROUP', 'GROUP', 'read', 'idle', 'COUNT', '1', 'STREAMS', key, '0');
  const claimed = ['20-58', '20-59', '21-61'];
  for (const [n, id] of claimed.entries())
    await client.call('XCLAIM', key, 'read', 'bob', '0', id, 'TIME', at + n, 'RETRYCOUNT', 7 + n, 'JUSTID');
  await client.xack(key, 'read', '6-16', '6-17');
}

const limited = { args: ['--proto-max-bulk-len', '1mb'] };
const isFreeOfWork = async ({ client }: RedisServer) => (await client.keys('cf:*big*')).length === 0;

describe.each([
  ['redis@7.0', 'redis@7.0'],
  ['redis@7.0', 'redis@8.0'],
  ['redis@6.0', 'redis@6.0'],
  ['valkey@8.0', 'valkey@8.1'],
] as const)('a stream of %s that is larger than a bulk of its %s target may be', (from, to) => {
  test('arrives with its groups, consumers and pending entries, and is followed', { timeout: 60_000 }, async () => {
    const [source, target] = await Promise.all([
      startRedis({ version: from }),
      startRedis({ version: to, ...limited }),
    ]);
    for (const key of ['stream', 'with groups']) await seedStream(source, key);
    await seedGroups(source, 'with groups');
    await source.client.pexpireat('stream', Date.now() + 3_600_000);
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    // A server before 7.0 tells a time to live only, not when it ends.
    const options = from === 'redis@6.0' ? { ttlToleranceMs: 100 } : {};
    await expectEqual(source, target, options);
    await source.client.xadd('stream', '*', 'later', '1');
    await source.client.call('XREADGROUP', 'GROUP', 'read', 'cid', 'COUNT', '9', 'STREAMS', 'with groups', '>');
    await run.caughtUp(source);
    await expectEqual(source, target, options);
    expect(await isFreeOfWork(target)).toBe(true);
    expect((await run.status()).errors).toEqual({});
    await run.stop();
  });
});

test('no reader sees a part of a stream that is being written', { timeout: 60_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis(limited)]);
  await seedStream(source, 'stream');
  const whole = await source.client.xlen('stream');
  const reader = target.client.duplicate();
  const seen = new Set<number>();
  const run = new Migration({ source, target }, { mode: 'full' });
  let isDone = false;
  const watch = (async () => {
    while (!isDone) seen.add(await reader.xlen('stream'));
  })();
  await run.end;
  isDone = true;
  await watch;
  reader.disconnect();
  expect([...seen].filter((length) => length !== 0 && length !== whole)).toEqual([]);
  await expectEqual(source, target);
});

test('pending entries of deleted ones are told as lost, all else arrives', { timeout: 60_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis(limited)]);
  await seedStream(source, 'stream');
  await source.client.xgroup('CREATE', 'stream', 'g', '0');
  await source.client.call('XREADGROUP', 'GROUP', 'g', 'ann', 'COUNT', '20', 'STREAMS', 'stream', '>');
  await source.client.xdel('stream', '10-28', '10-29');
  const run = new Migration({ source, target }, { mode: 'full', options: { accept: ['type'] } });
  await run.end;
  const pending = async ({ client }: RedisServer) =>
    ((await client.xpending('stream', 'g', '-', '+', 100)) as [string][]).map(([id]) => id);
  const gone = new Set(['10-28', '10-29']);
  expect(await pending(target)).toEqual((await pending(source)).filter((id) => !gone.has(id)));
  expect(await target.client.xrange('stream', '-', '+')).toEqual(await source.client.xrange('stream', '-', '+'));
  const [lost] = run.events.filter((event) => 'class' in event && event.class === 'type');
  expect(lost).toMatchObject({ count: 2 });
});

test('a stream that has nothing but groups, and an entry that is too large by itself', {
  timeout: 60_000,
}, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis(limited)]);
  await seedStream(source, 'emptied');
  await source.client.xgroup('CREATE', 'emptied', 'g', '0');
  for (let n = 0; n < 30_000; n += 1_000)
    await source.client.xgroup('CREATE', 'emptied', `g${n}${'x'.repeat(60_000)}`, '0');
  await source.client.xtrim('emptied', 'MAXLEN', 0);
  await source.client.xadd('wide', '*', 'field', randomBytes(1_100_000));
  const run = new Migration({ source, target }, { mode: 'full', options: { accept: ['too_large'] } });
  await run.end;
  expect(await target.client.exists('wide')).toBe(0);
  await source.client.del('wide');
  await expectEqual(source, target);
});
