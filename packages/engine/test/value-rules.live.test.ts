import {
  createRandom,
  faultProxy,
  type RedisServer,
  spawnFerry,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { caughtUp, Migration } from './migration.ts';
import { churn, expectInScope, type Wanted, writeOnce } from './value-rules.ts';

afterEach(() => stopEverything());

const rules: readonly (readonly [string, { filter?: string[]; exclude?: string[] }, Wanted])[] = [
  ['only hashes', { filter: ['type:hash'] }, ({ type }) => type === 'hash'],
  ['all but strings and sets', { exclude: ['type:string,set'] }, ({ type }) => type !== 'string' && type !== 'set'],
  ['what is small', { filter: ['size:<60'] }, ({ bytes }) => bytes < 60],
  [
    'lists and strings that are not large',
    { filter: ['type:list,string'], exclude: ['size:>=40'] },
    ({ type, bytes }) => /list|string/.test(type) && bytes < 40,
  ],
  ['what lives long', { filter: ['ttl:>100'] }, ({ ttlMs }) => ttlMs > 100_000],
  [
    'what has no end',
    { filter: ['ttl:none'], exclude: ['type:zset'] },
    ({ ttlMs, type }) => ttlMs < 0 && type !== 'zset',
  ],
  [
    'hashes of some names',
    { filter: ['type:hash', 'k:[0-4]*'] },
    ({ type, key }) => type === 'hash' && /^k:[0-4]/.test(key),
  ],
];

describe.each(rules)('%s', (_, options, wanted) => {
  test('are on the target, and nothing else, whatever commands change them', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await churn(source, { seed: 1, commands: 1_500 });
    const migration = new Migration({ source, target }, { options });
    await churn(source, { seed: 2, commands: 3_000 });
    await migration.caughtUp(source);
    await expectInScope(source, target, wanted);
    await churn(source, { seed: 3, commands: 3_000 });
    await migration.caughtUp(source);
    await expectInScope(source, target, wanted);
    expect(migration.codes()).toEqual([]);
    await migration.stop();
  });
});

/** Writes until it is told to stop. */
function churning(source: RedisServer): () => Promise<void> {
  let isOver = false;
  const run = async () => {
    for (let seed = 100; !isOver; seed++) await churn(source, { seed, commands: 200 });
  };
  const ended = run();
  return async () => {
    isOver = true;
    await ended;
  };
}

describe.each([
  ['databases are swapped and emptied', churning, 0],
  ['each key is written once, and told late', writeOnce, 25],
] as const)('while %s', (_, begin, latencyMs) => {
  test('nothing is forgotten when the engine is killed at any moment', { timeout: 120_000 }, async () => {
    const [source, target] = await Promise.all([startRedis({ args: ['--repl-backlog-size', '256mb'] }), startRedis()]);
    await churn(source, { seed: 1, commands: 2_000 });
    const stop = begin(source);
    const dir = tempDir('state');
    const random = createRandom(5);
    const flags = ['--filter', 'type:hash,list', '--exclude', 'size:>150'];
    const proxy = await faultProxy({ port: source.port });
    const start = () => spawnFerry(['migrate', '--mode', 'sync', '--state', dir, ...flags, proxy.url, target.url]);
    for (let kills = 0; kills < 8; kills++) {
      const ferry = await start();
      const until = performance.now() + 1_000 + random.below(1_200);
      await waitFor(() => !ferry.isRunning || performance.now() > until, { deadlineMs: 30_000 });
      expect(ferry.isRunning, ferry.stderr).toBe(true);
      await ferry.stop();
      proxy.set({ latencyMs });
    }
    proxy.heal();
    const last = await start();
    await stop();
    await caughtUp(source, dir, { deadlineMs: 60_000, everyMs: 50, what: `the target to catch up: ${last.stderr}` });
    await expectInScope(source, target, ({ type, bytes }) => /hash|list/.test(type) && bytes <= 150);
    // A full sync would have brought what was forgotten.
    expect(readFileSync(join(dir, 'events.jsonl'), 'utf8')).not.toContain('source.backlog_overrun');
    await last.stop();
  });
});

test('a source that is written to all the time is followed closely', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  await churn(source, { seed: 1, commands: 500 });
  const stop = churning(source);
  const migration = new Migration({ source, target }, { options: { filter: ['type:string'] } });
  await waitFor(async () => (await migration.status()).state === 'incremental_sync', { deadlineMs: 20_000 });
  const offset = async () => Number((await source.info('replication')).master_repl_offset);
  const wanted = await offset();
  await waitFor(async () => ((await migration.status()).shards[0]?.offset ?? 0) > wanted, { deadlineMs: 20_000 });
  await stop();
  await migration.caughtUp(source);
  await expectInScope(source, target, ({ type }) => type === 'string');
  await migration.stop();
});

test('a large value is judged by its type, in the full sync and when it changes', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const large = 'x'.repeat(1_000_000);
  const { client } = source;
  for (let n = 0; n < 12; n++) {
    await client.rpush('list', large);
    await client.hset('hash', `f${n}`, large);
  }
  const migration = new Migration({ source, target }, { options: { filter: ['type:list'] } });
  await migration.caughtUp(source);
  expect([await target.client.llen('list'), await target.client.exists('hash')]).toEqual([12, 0]);
  await client.rpush('list', 'more');
  await client.hset('hash', 'f0', 'more');
  await migration.caughtUp(source);
  expect([await target.client.llen('list'), await target.client.exists('hash')]).toEqual([13, 0]);
  await client.rename('hash', 'list');
  await migration.caughtUp(source);
  expect(await target.client.keys('[lh]*')).toEqual([]);
  await migration.stop();
});

test('what is read anew is paused, and keeps to a rate that is changed while it runs', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const migration = new Migration({ source, target }, { options: { filter: ['type:hash'], batch: 10 } });
  await migration.caughtUp(source);
  await migration.ask({ command: 'pause' });
  await waitFor(async () => (await migration.status()).state === 'paused');
  const { client } = source;
  for (let n = 0; n < 200; n++) await client.hset(`h:${n}`, 'f', 'v');
  await waitFor(async () => ((await migration.status()).lagBytes ?? 0) > 2_000);
  const count = async () => (await target.client.keys('h:*')).length;
  expect(await count()).toBe(0);
  await migration.ask({ command: 'rate', rateKeys: 20 });
  await migration.ask({ command: 'resume' });
  await waitFor(async () => (await count()) > 0, { deadlineMs: 20_000 });
  const begin = performance.now();
  const before = await count();
  await waitFor(async () => (await count()) >= before + 40, { deadlineMs: 30_000 });
  const after = await count();
  expect((after - before) / ((performance.now() - begin) / 1_000)).toBeLessThan(30);
  await migration.ask({ command: 'rate', rateKeys: 0 });
  await migration.caughtUp(source);
  expect(await count()).toBe(200);
  await migration.stop();
});

test('expiries that an old source tells by time to live only decide too', async () => {
  const [source, target] = await Promise.all([startRedis({ version: 'redis@6.0' }), startRedis()]);
  const migration = new Migration({ source, target }, { options: { filter: ['ttl:>100'] } });
  await migration.caughtUp(source);
  const { client } = source;
  await client.mset('a', '1', 'b', '2', 'c', '3', 'd', '4');
  for (const [key, seconds] of [
    ['a', 50],
    ['b', 500],
    ['c', 500],
  ] as const)
    await client.expire(key, seconds);
  await client.persist('c');
  await migration.caughtUp(source);
  expect(await target.client.keys('[a-d]')).toEqual(['b']);
  await migration.stop();
});

test('databases that become one are followed', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  const options = { filter: ['type:hash'], dbMap: ['*:4'], keyPrefix: ['k:n'] };
  const migration = new Migration({ source, target }, { options });
  await migration.caughtUp(source);
  const [zero, nine] = [source.client, source.connect({ db: 9 })];
  await zero.hset('k:a', 'f', '1');
  await nine.hset('k:b', 'f', '2');
  await nine.set('k:c', 'no hash');
  await nine.hset('k:d', 'f', '3');
  await nine.move('k:d', 0);
  await zero.set('k:d', 'no hash any more');
  await migration.caughtUp(source);
  const four = target.connect({ db: 4 });
  expect((await four.keys('*')).sort()).toEqual(['n:a', 'n:b']);
  expect(await target.client.keys('k:*')).toEqual([]);
  await migration.stop();
});

test('a target that has keys of its own is refused, and left as it is', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  await source.client.hset('h', 'f', 'v');
  await target.client.select(3);
  await target.client.set('theirs', 'x');
  const options = { filter: ['type:hash'], onConflict: 'overwrite' as const };
  const migration = new Migration({ source, target }, { options });
  await expect(migration.end).rejects.toMatchObject({
    code: 'filter.target_filled',
    facts: { endpoint: target.url },
  });
  expect(await target.client.info('keyspace')).not.toContain('db0');
  expect(await target.client.get('theirs')).toBe('x');
  expect((await new Migration({ source, target }, { mode: 'full', options }).end).outcome).toBe('completed');
});
