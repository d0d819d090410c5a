import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  createRandom,
  hasServer,
  type Random,
  type RedisServer,
  type ServerVersion,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from '../migration.ts';

afterAll(() => stopEverything());

const key = (random: Random): string => `k${random.below(6)}`;
const hash = (random: Random): string => `h${random.below(4)}`;
const field = (random: Random): string => `f${random.below(4)}`;

type Make = (random: Random, time: () => string) => string;

const ofKeys: readonly Make[] = [
  (random) => `SET ${key(random)} ${random.below(100)}`,
  (random, time) => `SET ${key(random)} ${random.below(100)} PXAT ${time()}`,
  (random, time) => `PEXPIREAT ${key(random)} ${time()}`,
  (random, time) => `PEXPIREAT ${hash(random)} ${time()}`,
  (random) => `PERSIST ${key(random)}`,
  (random) => `INCR ${key(random)}`,
  (random) => `APPEND ${key(random)} 1`,
  (random) => `SET ${key(random)} ${random.below(100)} KEEPTTL`,
  (random) => `RENAME ${key(random)} ${key(random)}`,
  (random) => `RENAME ${hash(random)} ${hash(random)}`,
  (random) => `COPY ${key(random)} ${key(random)} REPLACE`,
  (random) => `COPY ${hash(random)} ${hash(random)} REPLACE`,
  (random) => `DEL ${key(random)}`,
  (random) => `RPUSH list ${random.below(9)}`,
  (_random, time) => `PEXPIREAT list ${time()}`,
  () => 'PERSIST list',
];

const ofFields: readonly Make[] = [
  (random) => `HSET ${hash(random)} ${field(random)} ${random.below(100)}`,
  (random) => `HINCRBY ${hash(random)} ${field(random)} 1`,
  (random) => `HDEL ${hash(random)} ${field(random)}`,
  (random) => `HSETNX ${hash(random)} ${field(random)} 7`,
];

const ofFieldExpiries: readonly Make[] = [
  (random, time) => `HPEXPIREAT ${hash(random)} ${time()} FIELDS 2 ${field(random)} f9`,
  (random, time) => `HPEXPIREAT ${hash(random)} ${time()} FIELDS 1 ${field(random)}`,
  (random, time) =>
    `HPEXPIREAT ${hash(random)} ${time()} ${random.pick(['NX', 'XX', 'GT', 'LT'])} FIELDS 1 ${field(random)}`,
  (random) => `HPERSIST ${hash(random)} FIELDS 1 ${field(random)}`,
  (random) => `HSETEX ${hash(random)} KEEPTTL FIELDS 1 ${field(random)} ${random.below(100)}`,
  (random, time) => `HSETEX ${hash(random)} PXAT ${time()} FIELDS 1 ${field(random)} ${random.below(100)}`,
];

/** Times in the past, of the next moments, and later ones. */
const distances = [-3_600_000, -2_000, 1_500, 3_600_000, 20 * 86_400_000];

function logOf(version: ServerVersion, seed: number, now: number): string[] {
  const random = createRandom(seed);
  const time = () => String(now + random.pick(distances) + random.below(200));
  const makes = [...ofKeys, ...ofFields, ...(version === 'redis@8.0' ? [...ofFieldExpiries, ...ofFieldExpiries] : [])];
  return Array.from({ length: 150 }, () => random.pick(makes)(random, time));
}

const encoded = (line: string): string => {
  const words = line.split(' ');
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
};

/** A folder from which a server loads that log; the URL of it. */
function write(lines: readonly string[]): { dir: string; url: string } {
  const dir = tempDir('log');
  const text = ['SELECT 0', ...lines].map(encoded).join('');
  const folder = path.join(dir, 'appendonlydir');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'appendonly.aof.1.incr.aof'), text);
  writeFileSync(path.join(folder, 'appendonly.aof.manifest'), 'file appendonly.aof.1.incr.aof seq 1 type i\n');
  return { dir, url: `aof:${folder}` };
}

async function load(version: ServerVersion, dir: string): Promise<RedisServer> {
  return startRedis({ version, args: ['--appendonly', 'yes', '--dir', dir] });
}

const seeds = Array.from({ length: Number(process.env.FERRY_SEEDS ?? 6) }, (_, seed) => seed + 1);
const versions = ['redis@7.0', 'redis@8.0', 'valkey@8.1', 'valkey@9'] as const;

describe.each(versions)('expiries in an AOF, as %s loads it', (version) => {
  test.concurrent.each(seeds)('log %i', { timeout: 60_000 }, async (seed) => {
    if (!(await hasServer(version))) return;
    const now = Date.now();
    const { dir, url } = write(logOf(version, seed, now));
    const target = await startRedis({ version });
    const { snapshot } = await new Migration({ source: { url }, target }, { options: { accept: ['command'] } }).end;
    expect(snapshot.state).toBe('completed');
    const real = await load(version, dir);
    await waitFor(() => Date.now() > now + 3_000);
    await expectEqual(real, target);
    await real.stop();
    await target.stop();
  });
});

/** Fields whose expiry has passed, passed in the end only, or is still to come; what a server is left with. */
const passed = Date.UTC(2021, 0);
const later = Date.UTC(2100, 0);
const ofPassedFields: readonly (readonly [title: string, lines: readonly string[], lost: number])[] = [
  ['is gone', [`HPEXPIREAT h ${passed} FIELDS 1 f`], 0],
  ['is gone with its hash', [`HDEL h g`, `HPEXPIREAT h ${passed} FIELDS 1 f`], 0],
  ['is gone though it was counted up', [`HPEXPIREAT h ${passed} FIELDS 1 f`, 'HINCRBY h f 1'], 0],
  ['is gone though it was said to stay', [`HPEXPIREAT h ${passed} FIELDS 1 f`, 'HPERSIST h FIELDS 1 f'], 0],
  ['is gone under another name', [`HPEXPIREAT h ${passed} FIELDS 1 f`, 'RENAME h h2', 'COPY h2 h3'], 0],
  ['is there when it was written again', [`HPEXPIREAT h ${passed} FIELDS 1 f`, 'HSET h f 6'], 0],
  ['is there when it is new', [`HPEXPIREAT h ${passed} FIELDS 1 f`, 'HSETNX h f 7'], 0],
  ['is there when it has more time', [`HPEXPIREAT h ${passed} FIELDS 1 f`, `HPEXPIREAT h ${later} FIELDS 1 f`], 1],
  ['is gone as HSETEX wrote it', [`HSETEX h PXAT ${passed} FIELDS 1 f 8`], 0],
  ['is gone as HSETEX left it', [`HPEXPIREAT h ${passed} FIELDS 1 f`, 'HSETEX h KEEPTTL FIELDS 1 f 9'], 0],
  ['is gone, two of them', [`HPEXPIREAT h ${passed} FIELDS 2 f g`], 0],
  ['is gone with all keys', [`HPEXPIREAT h ${passed} FIELDS 1 f`, 'FLUSHALL', 'HSET h f 3'], 0],
];

describe('for a target without expiries of fields, a field of an AOF whose expiry has passed', () => {
  test.concurrent.each(ofPassedFields)('%s', { timeout: 60_000 }, async (_, lines, lost) => {
    if (!(await hasServer('redis@8.0'))) return;
    const { dir, url } = write(['HSET h f 5 g 1', ...lines]);
    const target = await startRedis();
    const run = new Migration({ source: { url }, target }, { options: { accept: ['field_ttl'] } });
    expect((await run.end).snapshot.lost).toEqual(lost > 0 ? { field_ttl: lost } : {});
    const real = await load('redis@8.0', dir);
    for (const key of ['h', 'h2', 'h3'])
      expect(await target.client.hgetall(key)).toEqual(await real.client.hgetall(key));
    await real.stop();
    await target.stop();
  });
});

/** A server that was killed before any of its expiries passed: its log begins with an RDB that has them too. */
async function killed(version: ServerVersion): Promise<string> {
  const dir = tempDir('killed');
  const source = await startRedis({ version, args: ['--appendonly', 'yes', '--dir', dir, '--appendfsync', 'always'] });
  const { client } = source;
  const soon = Date.now() + 5_000;
  const sent: Promise<unknown>[] = [];
  const send = (...[name, ...args]: [string, ...(string | number)[]]) => void sent.push(client.call(name, args));
  const each = Array.from({ length: 400 }, (_, n) => n);
  for (const n of each) {
    send('HSET', `h${n}`, 'a', 1, 'b', 2, 'c', 'x'.repeat(n % 2 ? 10 : 100));
    send('SET', `k${n}`, n, 'PXAT', soon);
    send('HPEXPIREAT', `h${n}`, soon, 'FIELDS', 2, 'a', 'b');
    if (n === 200) send('BGREWRITEAOF');
  }
  await Promise.all(sent);
  await waitFor(async () => (await source.info('persistence')).aof_rewrite_in_progress === '0');
  const later = soon + 3_600_000;
  for (const n of each) {
    if (n % 3 === 0) send('HPEXPIREAT', `h${n}`, later, 'FIELDS', 1, 'a');
    if (n % 3 === 1) send('HPERSIST', `h${n}`, 'FIELDS', 1, 'a');
    if (n % 4 === 0) send('PERSIST', `k${n}`);
    if (n % 4 === 1) send('RENAME', `k${n}`, `r${n}`);
    if (n % 5 === 0) send('RENAME', `h${n}`, `moved${n}`);
  }
  await Promise.all(sent);
  expect(Date.now()).toBeLessThan(soon);
  await source.kill('SIGKILL');
  await waitFor(() => Date.now() > soon + 100);
  return dir;
}

test('a log that ends before expiries pass which it takes back is replayed as a server loads it, also in parts', {
  timeout: 60_000,
}, async () => {
  if (!(await hasServer('redis@8.0'))) return;
  const dir = await killed('redis@8.0');
  const copy = tempDir('copy');
  cpSync(dir, copy, { recursive: true });
  const url = `aof:${path.join(copy, 'appendonlydir')}`;
  const [target, second] = await Promise.all([
    startRedis({ version: 'redis@8.0' }),
    startRedis({ version: 'redis@8.0' }),
  ]);
  const { snapshot } = await new Migration({ source: { url }, target }).end;
  expect(snapshot.state).toBe('completed');
  const state = tempDir('state');
  const slow = new Migration({ source: { url }, target: second }, { options: { rateKeys: 200, batch: 20 } }, state);
  await waitFor(async () => ((await slow.status()).shards[0]?.offset ?? 0) > 10_000, { deadlineMs: 20_000 });
  await slow.stop();
  await new Migration({ source: { url }, target: second }, {}, state).end;
  const real = await load('redis@8.0', dir);
  await expectEqual(real, target);
  await expectEqual(real, second);
  expect(Number(await target.client.hexists('h3', 'a'))).toBe(1);
});
