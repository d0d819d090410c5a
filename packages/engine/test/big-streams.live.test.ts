import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type Client,
  type RedisServer,
  spawnFerry,
  startCluster,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { keySlot } from '@cacheferry/topology';
import { expectEqual, expectEqualSoon, Migration } from './migration.ts';
import { MovingSlots } from './moving-slots.ts';

afterEach(() => stopEverything());

const pieces = 1_200;

/** A stream of some megabytes, of which a tail and single entries were deleted. */
async function seedStream({ client }: { client: Client }, key: string): Promise<void> {
  for (let n = 1; n <= pieces; n++)
    await client.xadd(key, `${Math.ceil(n / 3)}-${n}`, 'field', randomBytes(2_500), ...(n % 4 ? [] : ['more', 'x']));
  await client.xtrim(key, 'MAXLEN', pieces - 12);
  await client.xdel(key, '50-150', '60-180');
}

/** Groups with and without consumers, with entries that are pending in several ways, some of them deleted since. */
async function seedGroups({ client }: { client: Client }, key: string): Promise<void> {
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
  await client.xgroup('CREATE', key, 'other', '5-14');
  for (const [consumer, count] of [
    ['one', 3],
    ['two', 2],
    ['one', 4],
    ['three', 290],
  ])
    await client.call(
      'XREADGROUP',
      'GROUP',
      'other',
      consumer as string,
      'COUNT',
      count as number,
      'STREAMS',
      key,
      '>',
    );
  // Single ones, whole nodes, and the last that was pending.
  await client.xdel(key, '10-28', '10-29', '7-20', '137-410', '137-411');
  await client.xtrim(key, 'MAXLEN', pieces - 40);
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

test('a stream of a hundred megabytes is never held as a whole', { timeout: 90_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const value = randomBytes(50_000);
  for (let n = 0; n < 2_000; n++) void source.client.xadd('stream', `${n + 1}-0`, 'n', n, 'value', value);
  await source.client.xgroup('CREATE', 'stream', 'group', '0');
  for (const consumer of ['ann', 'bob'])
    await source.client.call('XREADGROUP', 'GROUP', 'group', consumer, 'COUNT', '300', 'STREAMS', 'stream', '>');
  const ferry = await spawnFerry(['migrate', source.url, target.url, '--mode', 'full', '--state', tempDir('state')]);
  let most = 0;
  await waitFor(
    () => {
      const status = ferry.isRunning ? readFileSync(`/proc/${ferry.pid}/status`, 'utf8') : '';
      most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      return !ferry.isRunning;
    },
    { deadlineMs: 60_000, everyMs: 20, what: 'the end of it' },
  );
  await expectEqual(source, target);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(220);
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

const pendingOf = async ({ client }: { client: Client }, key: string, group: string) =>
  ((await client.xpending(key, group, '-', '+', 1_000)) as [string, string, number, number][]).map(
    ([id, consumer, , deliveries]) => [id, consumer, deliveries],
  );

test('pending entries stay when what they stand for was deleted', { timeout: 60_000 }, async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis(limited)]);
  await seedStream(source, 'stream');
  await seedGroups(source, 'stream');
  await new Migration({ source, target }, { mode: 'full' }).end;
  for (const group of ['read', 'other']) {
    const pending = await pendingOf(source, 'stream', group);
    expect(pending.length).toBeGreaterThan(200);
    expect(await pendingOf(target, 'stream', group)).toEqual(pending);
  }
  expect(await target.client.xrange('stream', '-', '+')).toEqual(await source.client.xrange('stream', '-', '+'));
  await expectEqual(source, target);
});

describe('a cluster whose bulks may be no larger than a stream', () => {
  const cluster = () => startCluster({ args: limited.args });
  const bookkeeping = async (nodes: readonly { server: RedisServer }[]) =>
    (await Promise.all(nodes.map(({ server }) => server.client.keys('cf:*')))).flat();

  test.each(['server', 'cluster'] as const)('gets it from a %s, and follows', { timeout: 90_000 }, async (kind) => {
    const [source, target] = await Promise.all([kind === 'server' ? startRedis() : startCluster(), cluster()]);
    for (const key of ['a', 'b', 'c']) {
      await seedStream(source, key);
      await seedGroups(source, key);
    }
    await source.client.pexpireat('b', Date.now() + 3_600_000);
    await source.client.rpush('list', ...Array.from({ length: 3_000 }, (_, n) => `${n} ${'x'.repeat(1_000)}`));
    for (let n = 0; n < 300; n++) await source.client.set(`beside ${n}`, n);
    const run = new Migration({ source, target });
    await waitFor(async () => (await run.status()).state === 'incremental_sync', { deadlineMs: 60_000 });
    await source.client.xadd('a', '*', 'later', '1');
    await source.client.rpush('list', 'later');
    await expectEqualSoon(source, target);
    for (const key of ['a', 'b', 'c'])
      expect(await pendingOf(target, key, 'other')).toEqual(await pendingOf(source, key, 'other'));
    expect(run.codes()).toEqual([]);
    await run.stop();
  });

  test('leaves no trace, and lets a key that is there be as the policy says', { timeout: 90_000 }, async () => {
    const [source, target] = await Promise.all([startRedis(), cluster()]);
    for (const key of ['theirs', 'ours']) await seedStream(source, key);
    await target.client.xadd('theirs', '1-1', 'a', 'b');
    await expect(new Migration({ source, target }, { mode: 'full' }).end).rejects.toMatchObject({
      code: 'target.key_exists',
    });
    const { snapshot } = await new Migration({ source, target }, { mode: 'full', options: { onConflict: 'skip' } }).end;
    expect(snapshot).toMatchObject({ keysSkipped: 1 });
    expect(await target.client.xlen('theirs')).toBe(1);
    await target.client.del('theirs');
    await new Migration({ source, target }, { mode: 'full', options: { onConflict: 'overwrite' } }).end;
    await expectEqual(source, target);
    expect((await bookkeeping(target.nodes)).filter((key) => /:big/.test(key))).toEqual([]);
  });
});

test('a list that is put together in a cluster is whole though its slot moves meanwhile', {
  timeout: 90_000,
}, async () => {
  const [source, target] = await Promise.all([startRedis(), startCluster()]);
  for (let n = 0; n < 16; n++)
    await source.client.rpush(
      'list',
      ...Array.from({ length: 1_000 }, (_, m) => `${n} ${m} ${randomBytes(500).toString('hex')}`),
    );
  const run = new Migration({ source, target }, { mode: 'full', options: { rateBytes: 4_000_000 } });
  const moving = new MovingSlots(target, [keySlot(Buffer.from('list'))]);
  await run.end;
  await moving.stop();
  expect(moving.count).toBeGreaterThan(3);
  expect(await target.client.llen('list')).toBe(16_000);
  await expectEqual(source, target);
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
