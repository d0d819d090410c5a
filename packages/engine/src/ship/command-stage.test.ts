import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDumpPayload } from '@cacheferry/rdb';
import { encodeCommands } from '@cacheferry/resp';
import { describe, expect, test } from 'vitest';
import { SlotAuthority } from '../coord/slot-authority.ts';
import { SlotJournal } from '../coord/slot-journal.ts';
import { DoubtfulKeys } from '../snapshot-keys/doubtful-keys.ts';
import { PendingSnapshots } from '../snapshot-keys/pending-snapshots.ts';
import { type Batch, BatchPool } from '../write/batch.ts';
import { argumentsOf } from '../write/judge-replies.ts';
import { SendMemory } from '../write/send-memory.ts';
import { DoubtStage } from './doubt-stage.ts';
import type { LeftOut } from './left-out.ts';
import { HeldExpiries } from './held-expiries.ts';
import { IncrementalSync } from './incremental-sync.ts';
import type { RestoreTarget } from './restore-rewriter.ts';
import { RecentKeys } from './recent-keys.ts';
import { Refusals } from './refusals.ts';
import { SlotGate } from './slot-gate.ts';

type Line = readonly (string | Buffer)[] | string;

type Options = {
  refused?: string;
  hasPopCount?: boolean;
  chunk?: number;
  entries?: number;
  isWatchful?: boolean;
  isShard?: boolean;
};

/** Runs a stream through the stages; what came out as `db: command`, per batch. */
async function ship(lines: readonly Line[], options: Options = {}) {
  const refusals = new Refusals();
  if (options.refused) refusals.names.add(options.refused);
  const left: LeftOut[] = [];
  const batches: { commands: string[]; reached: number; db: number }[] = [];
  const take = (batch: Batch) => {
    batches.push({ commands: describeBatch(batch), reached: batch.reached, db: batch.sourceDb });
    return Promise.resolve();
  };
  const flushes: { offset: number; sourceDb: number; db: number }[] = [];
  const held = new HeldExpiries();
  const recent = new RecentKeys();
  recent.clear();
  recent.isOn = options.isWatchful === true;
  const restoreTarget: RestoreTarget = { product: 'redis', hasAbsolute: true, refused: new Set(), nowMs: () => 0 };
  const stream = new IncrementalSync(
    {
      pool: new BatchPool(new SendMemory()),
      dialect: { hasSetPxat: true },
      hasPopCount: options.hasPopCount ?? true,
      restoreTarget,
      batchEntries: options.entries ?? 1_000,
      databases: 16,
      sourceShard: null,
      endpoint: 'target:6379',
      maxBulkBytes: 1_000,
      bookkeeping: ['cf:ck:t'],
      doubt: new DoubtStage({
        doubts: new DoubtfulKeys(join(tmpdir(), 'command-stage')),
        pending: new PendingSnapshots(),
        restoreTarget,
        held,
        recent,
        isCluster: false,
        hasFieldTtl: true,
        maxBulkBytes: 1_000,
        onLeftOut: (one) => left.push(one),
        canRemake: () => false,
      }),
      refusals,
      held,
      onLeftOut: (one) => left.push(one),
      onMessage: () => {},
      ruling: null,
    },
    { submit: take, spill: () => Promise.resolve(), flush: () => Promise.resolve() },
    options.isShard ? { gate: gateOfAll(), flush: (order) => Promise.resolve(void flushes.push(order)) } : null,
  );
  stream.start(100, 0);
  const words = lines.map((line) => (typeof line === 'string' ? line.split(' ') : line));
  const bytes = Buffer.concat(words.map((line) => (line[0] === '' ? Buffer.from('\n') : encodeCommands([line]))));
  const size = options.chunk ?? bytes.length;
  for (let at = 0; at < bytes.length; at += size) await stream.take(bytes.subarray(at, at + size), 5_000);
  await stream.flush();
  return { batches, left, held, flushes, end: 100 + bytes.length, boundary: stream.boundary };
}

/** Of a shard that has all slots. */
function gateOfAll(): SlotGate {
  const journal = new SlotJournal(join(mkdtempSync(join(tmpdir(), 'slots-')), 'slots.jsonl'));
  const owners = Array.from({ length: 16_384 }, () => 'a');
  return new SlotGate('a', new SlotAuthority(owners, journal), new Float64Array(16_384));
}

function describeBatch(batch: Batch): string[] {
  const all = Array.from({ length: batch.queued }, (_, at) => argumentsOf(batch.commandOf(at)));
  return all.map((args) => args.map((arg) => arg.toString('latin1')).join(' '));
}

describe('the stream', () => {
  test('keeps order and databases, and leaves heartbeats and messages out but counts their bytes', async () => {
    const noise = ['PING', '', 'REPLCONF GETACK *', 'PUBLISH c m', 'TRIMSLOTS RANGES 1 0 99'];
    const lines = ['SELECT 3', 'SET a 1', ...noise, 'SELECT 0', 'INCR b'];
    const { batches, end, boundary } = await ship(lines);
    expect(batches).toEqual([{ commands: ['SELECT 3', 'SET a 1', 'SELECT 0', 'INCR b'], reached: end, db: 0 }]);
    expect(boundary).toBe(end);
  });

  test.each([1, 2, 7, 64])('gives the same when it comes %d bytes at a time', async (chunk) => {
    const lines = ['SELECT 3', 'SET a 1', 'MULTI', 'INCR b', 'LPUSH l x', 'EXEC', 'PING', 'DEL a'];
    const [whole, cut] = await Promise.all([ship(lines), ship(lines, { chunk })]);
    expect(cut.batches.flatMap(({ commands }) => commands)).toEqual(whole.batches.flatMap(({ commands }) => commands));
    expect(cut.boundary).toBe(whole.end);
  });

  test('never ends a batch inside a transaction of the source', async () => {
    const lines = ['SET a 1', 'MULTI', 'INCR b', 'SELECT 2', 'INCR c', 'INCR d', 'EXEC', 'INCR e'];
    const { batches } = await ship(lines, { entries: 2 });
    expect(batches.map(({ commands }) => commands)).toEqual([
      ['SELECT 0', 'SET a 1'],
      ['SELECT 0', 'INCR b', 'SELECT 2', 'INCR c', 'INCR d'],
      ['SELECT 2', 'INCR e'],
    ]);
  });

  test.each([
    ['LPOP l', 'LPOP l'],
    ['LPOP l 3', 'LTRIM l 3 -1'],
    ['rpop l 3', 'LTRIM l 0 -4'],
    ['RPOP l 0', 'LTRIM l 0 -1'],
    ['LPOP l -1', 'LPOP l -1'],
  ])('has for %s what a target before 6.2 takes: %s', async (line, wanted) => {
    const { batches } = await ship([line], { hasPopCount: false });
    expect(batches.flatMap(({ commands }) => commands)).toEqual(['SELECT 0', wanted]);
    expect((await ship([line])).batches[0]?.commands).toEqual(['SELECT 0', line]);
  });

  test('stops before a transaction that has not ended', async () => {
    const { batches, boundary } = await ship(['SET a 1', 'MULTI', 'INCR b']);
    expect(batches).toEqual([]);
    expect(boundary).toBe(100 + encodeCommands([['SET', 'a', '1']]).length);
  });

  test('begins a batch with a flush, outside of transactions', async () => {
    const { batches } = await ship([
      'SET a 1',
      'FLUSHALL',
      'FLUSHDB',
      'SET b 1',
      'MULTI',
      'INCR c',
      'FLUSHALL',
      'EXEC',
    ]);
    expect(batches.map(({ commands }) => commands)).toEqual([
      ['SELECT 0', 'SET a 1'],
      ['SELECT 0', 'FLUSHALL'],
      ['SELECT 0', 'FLUSHDB', 'SET b 1', 'INCR c', 'FLUSHALL'],
    ]);
  });

  test('moves the bookkeeping out of the way of a swap with its database', async () => {
    const { batches } = await ship(['SELECT 1', 'SWAPDB 0 2', 'SWAPDB 1 2']);
    expect(batches[0]?.commands).toEqual(['SELECT 0', 'DEL cf:ck:t', 'SELECT 1', 'SWAPDB 0 2', 'SWAPDB 1 2']);
  });

  test('a command to the server itself is not sent and counted as left out', async () => {
    const { batches, left } = await ship(['CONFIG SET save x', 'SHUTDOWN', 'SET a 1', 'MODULE.CMD k']);
    expect(batches[0]?.commands).toEqual(['SELECT 0', 'SET a 1', 'MODULE.CMD k']);
    expect(left.map(({ name, class: as }) => [name, as])).toEqual([
      ['CONFIG', 'command'],
      ['SHUTDOWN', 'command'],
    ]);
  });

  test('a command that the target does not know is left out from then on', async () => {
    const { batches, left } = await ship(['HPEXPIREAT h 1 FIELDS 1 f', 'SET a 1'], { refused: 'HPEXPIREAT' });
    expect(batches[0]?.commands).toEqual(['SELECT 0', 'SET a 1']);
    expect(left).toMatchObject([{ class: 'field_ttl', count: 1, name: 'HPEXPIREAT' }]);
  });

  test('an argument above the limit of the target is left out', async () => {
    const { batches, left } = await ship([['SET', 'a', Buffer.alloc(1_001)], 'SET b 1']);
    expect(batches[0]?.commands).toEqual(['SELECT 0', 'SET b 1']);
    expect(left).toMatchObject([{ class: 'too_large', name: 'SET', key: Buffer.from('a') }]);
  });

  test.each([
    ['SETEX', ['SETEX', 'a', '10', Buffer.alloc(1_001)]],
    ['SET', ['SET', 'a', Buffer.alloc(1_001), 'XX']],
    ['RESTORE', ['RESTORE', 'a', '0', makeDumpPayload(0, Buffer.alloc(1_001), 9)]],
  ])('so is one of a command that is written in another form: %s', async (name, line) => {
    const { batches, left } = await ship([line, 'SET b 1']);
    expect(batches[0]?.commands).toEqual(['SELECT 0', 'SET b 1']);
    expect(left).toMatchObject([{ class: 'too_large', count: 1, name, key: Buffer.from('a') }]);
  });

  test.each([
    ['HSETEX h FXX FIELDS 1 f v', 'HSETEX h FIELDS 1 f v'],
    ['HSETEX h PXAT 9000 fnx FIELDS 1 FXX v', 'HSETEX h PXAT 9000 FIELDS 1 FXX v'],
    ['HSETEX h KEEPTTL FIELDS 1 FXX v', 'HSETEX h KEEPTTL FIELDS 1 FXX v'],
  ])('a condition of HSETEX is met and left out: %s', async (line, wanted) => {
    expect((await ship([line])).batches[0]?.commands).toEqual(['SELECT 0', wanted]);
  });

  test('a database that the target does not have ends the run before anything goes into another one', async () => {
    await expect(ship(['SELECT 16', 'SET a 1'])).rejects.toMatchObject({ code: 'endpoint.no_such_database' });
    const error = { code: 'endpoint.no_such_database', facts: { db: 16 } };
    await expect(ship(['SWAPDB 0 16', 'SET a 1'])).rejects.toMatchObject(error);
  });

  test('the payload of a replicated RESTORE gets the version that every target reads', async () => {
    const newer = makeDumpPayload(0, Buffer.from('0161', 'hex'), 11);
    const { batches } = await ship([['RESTORE', 'k', '0', newer, 'ABSTTL', 'REPLACE']]);
    const wanted = makeDumpPayload(0, Buffer.from('0161', 'hex'), 6).toString('latin1');
    expect(batches[0]?.commands[1]).toBe(`RESTORE k 0 ${wanted} REPLACE ABSTTL`);
  });
});

describe('held expiries', () => {
  test('follow a key that is renamed, and are searched for after effects that hide them', async () => {
    const { held } = await ship(['SET a 1']);
    held.untilMs = 10_000;
    expect(held.place(0, Buffer.from('k'), 9_000)).toBeGreaterThan(300_000_000_000_000);
    expect(held.place(0, Buffer.from('k'), 11_000)).toBe(11_000);
    expect([held.isAny, held.needsSearch, held.remembered]).toEqual([true, false, 1]);
    held.loseTrack();
    expect(held.needsSearch).toBe(true);
  });
});

describe('a target that may have dropped a key just before', () => {
  const asks = (lines: readonly Line[]) =>
    ship(lines, { isWatchful: true }).then(({ batches }) => batches[0]?.commands);

  test.each([
    'INCR k',
    'APPEND k x',
    'SETRANGE k 3 x',
    'SETBIT k 1 1',
    'BITFIELD k SET u8 0 1',
    'HSET k f 1',
    'HINCRBY k f 1',
    'LPUSH k a',
    'SADD k a',
    'ZADD k 1 a',
    'ZINCRBY k 1 a',
    'XADD k 1-1 f v',
    'PFADD k a',
    'GEOADD k 1 1 a',
    'XGROUP CREATE k g $ MKSTREAM',
    'BF.ADD k x',
  ])('is asked for the expiry of a key that %s may have made anew, before it gets another', async (build) => {
    const commands = await asks([build, 'PEXPIREAT k 9000000']);
    expect(commands?.slice(-2)).toEqual(['PTTL k', 'PEXPIREAT k 9000000']);
  });

  test.each([
    ['SET k 1', 'PEXPIREAT k 9000000'],
    ['INCR other', 'PEXPIREAT k 9000000'],
    ['DEL k', 'PEXPIREAT k 9000000'],
    ['LPOP k', 'PEXPIREAT k 9000000'],
    ['INCR k', 'PERSIST k'],
    ['INCR k', 'SET k 2 PXAT 9000000'],
  ])('is asked for nothing where its own answer tells or nothing was made anew: %s, %s', async (...lines) => {
    expect(await asks(lines)).toEqual(['SELECT 0', ...lines]);
  });

  test('is asked for the expiry of a field that was counted up, before it gets another', async () => {
    const lines = ['HINCRBY k f 1', 'HSET k g 1', 'HPEXPIREAT k 9000000 FIELDS 2 f g'];
    expect((await asks(lines))?.slice(-2)).toEqual(['HPTTL k FIELDS 1 f', lines[2]]);
  });

  test.each([
    ['HSET k f 1', 'HPEXPIREAT k 9000000 FIELDS 1 f'],
    ['HINCRBY k f 1', 'HPERSIST k FIELDS 1 f'],
    ['HINCRBY other f 1', 'HPEXPIREAT k 9000000 FIELDS 1 f'],
    ['HINCRBY k g 1', 'HPEXPIREAT k 9000000 FIELDS 1 f'],
  ])('is asked for no other field: %s, %s', async (...lines) => {
    expect(await asks(lines)).toEqual(['SELECT 0', ...lines]);
  });

  test('is asked in the database of the key, also under a name that the key got since', async () => {
    const commands = await asks(['SELECT 4', 'INCR k', 'RENAME k l', 'EXPIREAT l 9000']);
    expect(commands).toEqual(['SELECT 4', 'INCR k', 'RENAME k l', 'PTTL l', 'EXPIREAT l 9000']);
  });

  test.each([
    ['SUNIONSTORE to a b', ['a', 'b']],
    ['ZRANGESTORE to a 0 1', ['a']],
    ['BITOP AND to a b', ['a', 'b']],
    ['PFMERGE to a', ['a']],
    ['SORT a STORE to', ['a']],
    ['LMOVE a to LEFT LEFT', ['a']],
    ['RPOPLPUSH a to', ['a']],
    ['SMOVE a to m', ['a']],
  ])('is asked for the keys of which %s makes another', async (line, keys) => {
    expect(await asks([line])).toEqual(['SELECT 0', ...keys.map((name) => `EXISTS ${name}`), line]);
  });

  test('is not asked while nothing expires there', async () => {
    const { batches } = await ship(['INCR k', 'PEXPIREAT k 9000000', 'SUNIONSTORE to a b']);
    expect(batches[0]?.commands).toEqual(['SELECT 0', 'INCR k', 'PEXPIREAT k 9000000', 'SUNIONSTORE to a b']);
  });
});

test('a flush of a shard is about its database, and what comes behind goes on there', async () => {
  const { batches, flushes } = await ship(['SELECT 3', 'SET a 1', 'FLUSHDB', 'SET b 1', 'FLUSHALL ASYNC', 'SET c 1'], {
    isShard: true,
  });
  expect(flushes).toMatchObject([
    { sourceDb: 3, db: 3 },
    { sourceDb: 3, db: 0 },
  ]);
  expect(flushes[0]?.offset).toBe(batches[0]?.reached);
  expect(batches.map(({ commands, db }) => [db, ...commands])).toEqual([
    [3, 'SELECT 3', 'SET a 1'],
    [3, 'SELECT 3', 'SET b 1'],
    [3, 'SELECT 3', 'SET c 1'],
  ]);
});
