import { type Client, createRandom, type RedisCluster, type RedisServer, waitFor } from '@cacheferry/testkit';
import { expect } from 'vitest';

/** A key of a server as rules see it, and what it holds. */
export type Seen = {
  db: number;
  key: string;
  type: string;
  bytes: number;
  ttlMs: number;
  content: string;
  expireAt: number;
};
export type Wanted = (seen: Seen) => boolean;

const databases = [0, 1, 2];
/** Where each key is written once only: what is forgotten of it never comes. */
const calmDb = 5;
/** What stands around the value in the answer of DUMP: its type, the version and a checksum. */
const around = 11;

/** Runs commands of all kinds on few keys, so that they change their types, sizes, expiries, names and databases. */
export async function churn(
  server: RedisServer,
  { seed, commands, swaps = true }: { seed: number; commands: number; swaps?: boolean },
): Promise<void> {
  const random = createRandom(seed);
  const clients = databases.map((db) => server.connect({ db }));
  const key = () => `k:${random.below(60)}`;
  // Short enough for encodings that keep an order: then DUMP tells whether values are the same.
  const text = () => 'x'.repeat(random.below(60));
  const expiry = () => random.pick([20_000, 900_000]);
  const lines: (() => (string | number)[])[] = [
    () => ['SET', key(), text()],
    () => ['SET', key(), text(), 'PX', expiry()],
    () => ['APPEND', key(), text()],
    () => ['INCR', key()],
    () => ['HSET', key(), `f${random.below(9)}`, text()],
    () => ['HDEL', key(), `f${random.below(9)}`],
    () => ['RPUSH', key(), String(random.below(99)), String(random.below(99))],
    () => ['LPOP', key()],
    () => ['SADD', key(), `m${random.below(9)}`, String(random.below(9))],
    () => ['SPOP', key()],
    () => ['ZADD', key(), random.below(9), `m${random.below(9)}`],
    () => ['XADD', key(), '*', 'f', text()],
    () => ['DEL', key(), key()],
    () => ['UNLINK', key()],
    () => ['PEXPIRE', key(), expiry()],
    () => ['PEXPIRE', key(), random.pick([-1, 30])],
    () => ['PERSIST', key()],
    () => ['RENAME', key(), key()],
    () => ['RENAMENX', key(), key()],
    () => ['COPY', key(), key(), 'REPLACE'],
    () => ['COPY', key(), key(), 'DB', random.pick(databases), 'REPLACE'],
    () => ['MOVE', key(), random.pick(databases)],
    () => ['SORT', key(), 'ALPHA', 'STORE', key()],
    () => ['ZUNIONSTORE', key(), 2, key(), key()],
    () => ['SUNIONSTORE', key(), key(), key()],
    () => ['LMOVE', key(), key(), 'LEFT', 'RIGHT'],
    () => ['SMOVE', key(), key(), 'm1'],
    () => [
      'EVAL',
      "redis.call('DEL', KEYS[1]) redis.call('HSET', KEYS[1], 'f', ARGV[1]) redis.call('SET', KEYS[2], ARGV[1])",
      2,
      key(),
      key(),
      text(),
    ],
    () => ['MSET', key(), text(), key(), text()],
    () => ['GETEX', key(), 'PX', expiry()],
  ];
  for (let left = commands; left > 0; ) {
    const client = random.pick(clients);
    const some = Array.from({ length: 1 + random.below(20) }, () => random.pick(lines)());
    left -= some.length;
    const named = some.map(([name, ...args]) => [String(name).toLowerCase(), ...args]);
    if (random.below(4) === 0) await client.multi(named).exec();
    else await client.pipeline(named).exec();
    if (random.below(120) === 0) await client.flushdb();
    if (random.below(60) === 0 && swaps) await client.swapdb(random.pick(databases), random.pick(databases));
    if (random.below(2_000) === 0) await client.flushall();
  }
  await Promise.all(clients.map((client) => client.quit()));
}

/** Fails unless the target has what of the source is wanted, and nothing else. */
export async function expectInScope(
  source: RedisServer,
  target: RedisServer | RedisCluster,
  wanted: Wanted,
  hasExpireTime = true,
): Promise<void> {
  const differences = async () => {
    const [from, to] = await Promise.all([readAll(source, hasExpireTime), readAll(target, hasExpireTime)]);
    const inScope = from.filter(wanted).length;
    expect([inScope > 0, inScope < from.length], `${inScope} of ${from.length} keys are in scope`).toEqual([
      true,
      true,
    ]);
    const texts = (all: readonly Seen[]) =>
      all.map(({ db, key, content, expireAt }) => `${db} ${key} ${content} ${expireAt}`);
    const expected = new Set(texts(from.filter(wanted)));
    const found = new Set(texts(to));
    const missing = [...expected].filter((one) => !found.has(one)).map((one) => `missing: ${one}`);
    return [...missing, ...[...found].filter((one) => !expected.has(one)).map((one) => `extra: ${one}`)];
  };
  // A short expiry takes a moment until the source has said so.
  await waitFor(async () => (await differences()).length === 0, { deadlineMs: 5_000, everyMs: 100 }).catch(() => {});
  expect((await differences()).slice(0, 8)).toEqual([]);
}

/** Makes hashes and strings, none of them twice, until it is stopped. */
export function writeOnce(source: RedisServer): () => Promise<void> {
  const client = source.connect({ db: calmDb });
  let isOver = false;
  const run = async () => {
    for (let n = 0; !isOver; n += 20) {
      const names = Array.from({ length: 20 }, (_, i) => `once:${n + i}`);
      const commands = names.map((name, i) => (i % 2 ? ['set', name, 'x'] : ['hset', name, 'f', 'x']));
      await client.pipeline(commands).exec();
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  };
  const ended = run();
  ended.catch(() => {});
  return async () => {
    isOver = true;
    await ended;
  };
}

/** The names of all keys, and who reads them. A cluster has one database. */
async function keysIn(side: RedisServer | RedisCluster, db: number) {
  if (!('nodes' in side)) {
    const client = side.connect({ db });
    return { client, keys: await client.keys('*') };
  }
  const lists = await Promise.all((await side.primaries()).map(({ server }) => server.client.keys('*')));
  return { client: side.connect(), keys: [...new Set(lists.flat())] };
}

/** Sets and hashes have no order of their own. */
async function unordered(client: Client, type: string, key: string): Promise<string | null> {
  if (type === 'set') return (await client.smembers(key)).sort().join();
  if (type === 'hash') return JSON.stringify(Object.entries(await client.hgetall(key)).sort());
  return null;
}

async function readAll(side: RedisServer | RedisCluster, hasExpireTime: boolean): Promise<Seen[]> {
  const found: Seen[] = [];
  for (const db of 'nodes' in side ? [0] : [...databases, calmDb]) {
    const { client, keys: all } = await keysIn(side, db);
    const keys = all.filter((key) => !key.startsWith('cf:'));
    for (const key of keys) {
      const [type, dump, ttlMs, expireAt] = await Promise.all([
        client.type(key),
        client.dumpBuffer(key),
        client.pttl(key),
        hasExpireTime ? client.pexpiretime(key) : 0,
      ]);
      if (dump === null) continue;
      const bytes = type === 'string' ? await client.strlen(key) : dump.length - around;
      const content = (await unordered(client, type, key)) ?? dump.toString('hex');
      found.push({ db, key, type, bytes, ttlMs, content, expireAt });
    }
    await client.quit();
  }
  return found;
}
