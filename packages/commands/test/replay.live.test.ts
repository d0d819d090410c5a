import {
  type Command,
  createRandom,
  dumpAll,
  hasServer,
  type Random,
  type RedisServer,
  type ServerVersion,
  startRedis,
  stopEverything,
} from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAbsolute } from '../src/index.ts';

const far = 4_102_444_800_000;
type Form = (random: Random, key: string) => Command;

const member = (random: Random) => `m${random.below(3)}`;
/** Payload of a set with one member, as DUMP gives it; filled before the tests. */
let payload: Buffer;

/** Forms that count as absolute: all of them are replayed whatever has happened before. */
const absolute: readonly Form[] = [
  (r, k) => ['SET', k, r.below(9)],
  (r, k) => ['SET', k, r.below(9), 'KEEPTTL'],
  (r, k) => ['SET', k, r.below(9), 'PXAT', far + r.below(3)],
  (r, k) => ['MSET', k, r.below(9)],
  (r, k) => ['SETRANGE', k, r.below(5), r.below(9)],
  (r, k) => ['SETBIT', k, r.below(40), r.below(2)],
  (r, k) => ['HSET', k, member(r), r.below(9)],
  (r, k) => ['HDEL', k, member(r), member(r)],
  (r, k) => ['SADD', k, member(r)],
  (r, k) => ['SREM', k, member(r), member(r)],
  (r, k) => ['ZADD', k, r.below(9), member(r)],
  (r, k) => ['ZREM', k, member(r), member(r)],
  (_, k) => ['DEL', k],
  (_, k) => ['UNLINK', k],
  (_, k) => ['PERSIST', k],
  (r, k) => ['PFADD', k, member(r)],
  (r, k) => ['RESTORE', k, r.pick([0, far + 7]), payload, 'REPLACE', 'ABSTTL'],
];

/** Guarded forms: replay never goes back before the last one of them that was committed. */
const guarded: readonly Form[] = [
  (r, k) => ['PEXPIREAT', k, far + r.below(3)],
  (_, k) => ['INCR', k],
  (r, k) => ['APPEND', k, r.below(9)],
  (r, k) => ['RPUSH', k, member(r)],
  (_, k) => ['LPOP', k],
  (r, k) => ['ZADD', k, 'GT', r.below(9), member(r)],
  (r, k) => ['SET', k, r.below(9), 'NX'],
];

afterAll(() => stopEverything());

const versions: ServerVersion[] = ['redis@7.0', 'valkey@8.1', 'valkey@9'];

describe.each(versions)('%s', (version) => {
  let server: RedisServer;
  let isHere = false;
  beforeAll(async () => {
    isHere = await hasServer(version);
    if (!isHere) return;
    server = await startRedis({ version });
    await server.client.sadd('x', 'm9');
    payload = (await server.client.dumpBuffer('x')) as Buffer;
  });

  test('a suffix of the stream replayed after a crash leaves what it left the first time', async ({ skip }) => {
    if (!isHere) skip();
    const random = createRandom(20_260_101);
    const wrong: string[] = [];
    for (let round = 0; round < 600; round++) {
      const log = Array.from({ length: 30 }, () => makeCommand(random));
      const crash = 1 + random.below(log.length);
      const committed = lastGuarded(log.slice(0, crash));
      const from = committed + random.below(crash - committed + 1);
      const expected = await stateAfter(log);
      const found = await stateAfter([...log.slice(0, crash), ...log.slice(from)]);
      if (JSON.stringify([...found]) !== JSON.stringify([...expected])) wrong.push(describeLog(log, crash, from));
    }
    expect(wrong).toEqual([]);
  });

  test('an expiry of an emptied and new collection is why PEXPIREAT is guarded', async ({ skip }) => {
    if (!isHere) skip();
    const log: Command[] = [
      ['SADD', 'k', 'a'],
      ['PEXPIREAT', 'k', far],
      ['SREM', 'k', 'a'],
      ['SADD', 'k', 'b'],
    ];
    expect((await stateAfter(log)).get('0 k')?.expireAtMs).toBe(-1);
    expect((await stateAfter([...log, ...log.slice(1)])).get('0 k')?.expireAtMs).toBe(far);
  });

  async function stateAfter(commands: readonly Command[]) {
    const pipeline = server.client.pipeline().flushall();
    for (const [name, ...args] of commands) pipeline.call(name, args);
    await pipeline.exec();
    return new Map([...(await dumpAll(server.client))].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
});

function makeCommand(random: Random): Command {
  return random.pick(random.chance(0.15) ? guarded : absolute)(random, `k${random.below(2)}`);
}

/** How many commands the checkpoint covers: up to and with the last guarded one. */
function lastGuarded(log: readonly Command[]): number {
  return log.findLastIndex((command) => !isAbsolute(command.map(toBytes))) + 1;
}

const toBytes = (part: Command[number]): Buffer => (Buffer.isBuffer(part) ? part : Buffer.from(String(part)));

const describeLog = (log: readonly Command[], crash: number, from: number): string =>
  `crash after ${crash}, replay from ${from}: ${log.map((command) => command.join(' ')).join('; ')}`;

test('the forms are what they are taken for', () => {
  const random = createRandom(1);
  payload = Buffer.from('x');
  const bytes = (form: Form) => form(random, 'k').map(toBytes);
  expect(absolute.filter((form) => !isAbsolute(bytes(form)))).toEqual([]);
  expect(guarded.filter((form) => isAbsolute(bytes(form)))).toEqual([]);
});
