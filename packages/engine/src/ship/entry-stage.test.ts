import { systemClock } from '@cacheferry/kernel';
import { makeDumpPayload, RdbFileEncoder } from '@cacheferry/rdb';
import { describe, expect, test } from 'vitest';
import { type Batch, BatchPool } from '../write/batch.ts';
import { argumentsOf } from '../write/judge-replies.ts';
import { SendMemory } from '../write/send-memory.ts';
import type { StringWriting } from '../write/set-command.ts';
import type { EntryStageOptions } from './entry-stage-options.ts';
import { FullSync } from './full-sync.ts';
import { HeldExpiries } from './held-expiries.ts';
import { Refusals } from './refusals.ts';
import { planTypes } from './type-plan.ts';

type Key = { db?: number; key: string; type?: number; value?: Buffer; expireAtMs?: number; idleSeconds?: number };
const body = Buffer.from('0161', 'hex');
const together = { by: 'group', over: false, from: 0, hasExpiry: true } as const;

function rdbOf(keys: readonly Key[]): Buffer {
  const file = new RdbFileEncoder('REDIS', 10);
  for (const { db = 0, key, type = 0, value = body, expireAtMs = -1, idleSeconds = -1 } of keys)
    file.key({ db, key: Buffer.from(key), type, value, expireAtMs, idleSeconds, freq: -1 });
  file.end();
  return file.take();
}

/** A list of nodes with one element of 8,000 bytes each, packed to 99 bytes. */
function packedList() {
  const element = Buffer.alloc(8_000, 'a');
  const nodes = 5_000;
  const text = Buffer.concat([Buffer.from('4e1f00000100f0401f0000', 'hex'), element, Buffer.from('3ec5ff', 'hex')]);
  const repeats = [...Array<string>(30).fill('e0ff00'), 'e04600'].join('');
  const packed = Buffer.from(`0b${text.toString('hex', 0, 12)}${repeats}02${text.toString('hex', 8_011)}`, 'hex');
  const head = Buffer.from([
    0xc3,
    0x40 | (packed.length >> 8),
    packed.length,
    0x40 | (text.length >> 8),
    text.length & 255,
  ]);
  const node = Buffer.concat([Buffer.of(2), head, packed]);
  const count = Buffer.from([0x40 | (nodes >> 8), nodes & 255]);
  return {
    rdb: rdbOf([{ key: 'list', type: 18, value: Buffer.concat([count, ...Array<Buffer>(nodes).fill(node)]) }]),
    element,
    nodes,
  };
}

/** Ships an RDB; the commands that came out, per batch, and what each batch reaches. */
async function ship(
  rdb: Buffer,
  changes: Partial<EntryStageOptions> = {},
  chunk = rdb.length,
  onReady: (waiting: number) => void = () => {},
) {
  const batches: { commands: Buffer[][]; keys: number; reached: number }[] = [];
  const memory = new SendMemory();
  const pool = new BatchPool(memory);
  const lost: { class: string; key: string }[] = [];
  const take = (batch: Batch) => {
    onReady(sync.stage.ready.length);
    batch.endGroup();
    const commands = Array.from({ length: batch.queued }, (_, at) => argumentsOf(Buffer.from(batch.commandOf(at))));
    batches.push({ commands, keys: batch.keys, reached: batch.reached });
    pool.give(batch);
    return Promise.resolve();
  };
  const options = {
    pool,
    input: memory.input,
    clock: systemClock,
    form: { replace: false, absolute: true, access: 'none' as const },
    strings: null,
    fileValues: null,
    deleteFirst: false,
    maxBulkBytes: 1_000_000,
    bigKeyBytes: 8_388_608,
    databases: 16,
    sourceShard: null,
    endpoint: 'target:6379',
    hasFunctions: true,
    product: 'redis' as const,
    held: new HeldExpiries(),
    rules: null,
    hasChecksum: true,
    slots: null,
    big: null,
    batchEntries: 1_000,
    skipUntil: 0,
    countedUntil: 0,
    refusals: new Refusals(),
    seen: null,
    written: null,
    foreign: null,
    planFor: (magic: 'REDIS' | 'VALKEY') => planTypes(magic, 'redis', new Set([20])),
    recode: () => null,
    onLost: (one: { class: string; key: Buffer }) => lost.push({ class: one.class, key: String(one.key) }),
    onEmpty: () => {},
    onModuleAux: () => {},
    onMiscounted: () => {},
    onKeysTotal: () => {},
    ...changes,
  };
  const sync = new FullSync(options, take);
  for (let at = 0; at < rdb.length; at += chunk) await sync.take(rdb.subarray(at, at + chunk));
  await sync.finish();
  const texts = batches.map(({ commands }) => commands.map(([name, key]) => `${name} ${key}`));
  return { batches, texts, lost };
}

describe('the full sync', () => {
  test.each([1, 13, 1_000])('writes the same commands when the RDB comes %d bytes at a time', async (chunk) => {
    const rdb = rdbOf([{ key: 'a' }, { key: 'b', expireAtMs: 4_102_444_800_000 }, { db: 5, key: 'c'.repeat(100) }]);
    const { batches } = await ship(rdb, {}, chunk);
    const payload = makeDumpPayload(0, body);
    const wanted = [
      ['SELECT', '0'],
      ['RESTORE', 'a', '0', payload, 'ABSTTL'],
      ['RESTORE', 'b', '4102444800000', payload, 'ABSTTL'],
      ['SELECT', '5'],
      ['RESTORE', 'c'.repeat(100), '0', payload, 'ABSTTL'],
    ].map((words) => words.map((word) => Buffer.from(word)));
    expect(batches.flatMap(({ commands }) => commands)).toEqual(wanted);
  });

  test('values too large for the room of a batch are whole all the same', async () => {
    const value = Buffer.concat([Buffer.from('80001e8480', 'hex'), Buffer.alloc(2_000_000, 7)]);
    const { batches, lost } = await ship(
      rdbOf([{ key: 'big', value }, { key: 'a' }]),
      { maxBulkBytes: 3_000_000 },
      65_536,
    );
    expect(batches[0]?.commands[1]?.[3]?.equals(makeDumpPayload(0, value))).toBe(true);
    expect(
      batches
        .flatMap(({ commands }) => commands)
        .at(-1)?.[1]
        ?.toString(),
    ).toBe('a');
    expect(lost).toEqual([]);
  });

  test('a piece of a value that is packed to a hundredth never becomes many batches at once', async () => {
    const { rdb, element, nodes } = packedList();
    let most = 0;
    const big = {
      placeFor: (key: Buffer) => ({ workKey: Buffer.concat([key, Buffer.from(':work')]), done: null }),
      hasFieldTtl: true,
      redisVersion: 80_000,
      waitingFile: '',
      maxBulkBytes: 536_870_912,
      held: new HeldExpiries(),
      clock: systemClock,
    };
    const { batches } = await ship(rdb, { big, bigKeyBytes: 262_144, maxBulkBytes: 536_870_912 }, 131_072, (ready) => {
      most = Math.max(most, ready + 1);
    });
    const pushed = batches.flatMap(({ commands }) => commands.filter(([name]) => String(name) === 'RPUSH'));
    expect(pushed.flatMap((words) => words.slice(2)).every((word) => word.equals(element))).toBe(true);
    expect(pushed.reduce((sum, words) => sum + words.length - 2, 0)).toBe(nodes);
    expect(batches.length).toBeGreaterThan(30);
    // One slice of 128 KiB: eleven, and the one before.
    expect(most).toBeLessThanOrEqual(12);
  });

  test('goes on where the checkpoint says, and each batch reaches where its last key ends', async () => {
    const rdb = rdbOf(['a', 'b', 'c', 'd'].map((key) => ({ key })));
    const first = await ship(rdb, { batchEntries: 2 });
    expect(first.texts.map((texts) => texts.at(-1))).toEqual(['RESTORE a', 'RESTORE b', 'RESTORE c', 'RESTORE d']);
    const rest = await ship(rdb, { skipUntil: first.batches[1]?.reached ?? 0 });
    expect(rest.texts.flat()).toEqual(['SELECT 0', 'RESTORE c', 'RESTORE d']);
  });

  test('does not count again what is sent again because replies were lost', async () => {
    const rdb = rdbOf(['a', 'b', 'c'].map((key) => ({ key })));
    const whole = await ship(rdb, { batchEntries: 2 });
    const again = await ship(rdb, { countedUntil: whole.batches[1]?.reached ?? 0 });
    expect(again.batches.map(({ keys }) => keys)).toEqual([1]);
  });

  test('names the modules whose auxiliary data is left out, and goes on behind it', async () => {
    const modules: string[] = [];
    const rdb = rdbOf([{ key: 'a' }]);
    const aux = Buffer.from('f7817eabcdef01234567020205017800', 'hex');
    const unchecked = Buffer.concat([rdb.subarray(0, 9), aux, rdb.subarray(9, -8), Buffer.alloc(8)]);
    const { texts } = await ship(unchecked, { onModuleAux: (name) => modules.push(name) });
    expect([modules, texts.flat()]).toEqual([['fqvN7wEjR'], ['SELECT 0', 'RESTORE a']]);
  });

  test('leaves out the bookkeeping of migrations', async () => {
    const { texts } = await ship(rdbOf([{ key: 'cf:ck:other' }, { key: 'cf:ckx' }, { key: 'a' }]));
    expect(texts.flat()).toEqual(['SELECT 0', 'RESTORE cf:ckx', 'RESTORE a']);
  });

  test('lists by class what the target cannot hold', async () => {
    const listpack = Buffer.from('0a0a0000000100816102ff', 'hex');
    const keys = [
      { key: 'set', type: 20, value: listpack },
      { key: 'big', value: Buffer.concat([Buffer.from('4100', 'hex'), Buffer.alloc(256)]) },
      { key: 'a' },
    ];
    const { texts, lost } = await ship(rdbOf(keys), { maxBulkBytes: 200 });
    expect(texts.flat()).toEqual(['SELECT 0', 'RESTORE a']);
    expect(lost).toEqual([
      { class: 'type', key: 'set' },
      { class: 'too_large', key: 'big' },
    ]);
  });

  test('removes a key before it restores it where the target knows no REPLACE, and counts time from now', async () => {
    const form = { replace: false, absolute: false, access: 'none' as const };
    const clock = { ...systemClock, now: () => 1_000 };
    const keys = [
      { key: 'a', expireAtMs: 3_500 },
      { key: 'gone', expireAtMs: 900 },
    ];
    const { batches } = await ship(rdbOf(keys), { form, clock, deleteFirst: true });
    const commands = batches.flatMap((batch) => batch.commands.map((words) => words.slice(0, 3).map(String).join(' ')));
    expect(commands).toEqual(['SELECT 0', 'DEL a', 'RESTORE a 2500', 'DEL gone', 'DEL gone']);
  });

  test('a key in a database that the target does not have ends it', async () => {
    await expect(ship(rdbOf([{ db: 16, key: 'a' }]))).rejects.toMatchObject({ code: 'endpoint.no_such_database' });
  });
});

describe('strings without expiry', () => {
  const shipped = async (keys: readonly Key[], changes: Partial<EntryStageOptions> = {}) => {
    const { batches } = await ship(rdbOf(keys), { strings: together, ...changes });
    return batches.map(({ commands }) =>
      commands.map((words) => words.map((word) => word.toString('latin1')).join(' ')),
    );
  };

  test.each([
    ['a short one', '0378797a', 'xyz'],
    ['an empty one', '00', ''],
    ['one with a length of 14 bits', `4064${'61'.repeat(100)}`, 'a'.repeat(100)],
    ['one with a length of 32 bits', `8000000004${'62'.repeat(4)}`, 'bbbb'],
    ['an integer of 8 bits', 'c0ff', '-1'],
    ['zero', 'c000', '0'],
    ['an integer of 16 bits', 'c10080', '-32768'],
    ['an integer of 32 bits', 'c2ffffff7f', '2147483647'],
    ['the least integer', 'c200000080', '-2147483648'],
  ])('%s is one of a group', async (_, encoded, text) => {
    const keys = [{ key: 'k', value: Buffer.from(encoded, 'hex') }, { key: 'last' }];
    expect(await shipped(keys)).toEqual([['SELECT 0', `MSETNX k ${text} last a`]]);
    expect(await shipped(keys, { strings: { ...together, over: true } })).toEqual([
      ['SELECT 0', `MSET k ${text} last a`],
    ]);
  });

  test.each<[string, Key, Partial<EntryStageOptions>?]>([
    ['compressed', { key: 'k', value: Buffer.from('c3050a0061e00000', 'hex') }],
    ['with an expiry', { key: 'k', expireAtMs: 4_102_444_800_000 }],
    ['of another type', { key: 'k', type: 1, value: Buffer.from('010161', 'hex') }],
    ['large', { key: 'k', value: Buffer.concat([Buffer.from('8000004e20', 'hex'), Buffer.alloc(20_000)]) }],
    ['with a large key', { key: 'k'.repeat(20_000) }],
    [
      'of a time of access that the target keeps',
      { key: 'k', idleSeconds: 7 },
      { form: { replace: false, absolute: true, access: 'idle' } },
    ],
    ['that was sent before', { key: 'k' }, { countedUntil: 1_000_000 }],
  ])('one %s is written alone', async (_, key, changes) => {
    const [[, command] = []] = await shipped([key], changes);
    expect(command).toMatch(/^RESTORE k/);
  });

  test('count as the keys that they are, and a batch is full of them', async () => {
    const keys = Array.from({ length: 5 }, (_, at) => ({ key: `k${at}` }));
    const { batches } = await ship(rdbOf(keys), { strings: together, batchEntries: 2 });
    expect(batches.map(({ keys }) => keys)).toEqual([2, 2, 1]);
  });

  test('of two databases are two groups', async () => {
    expect(await shipped([{ key: 'a' }, { db: 3, key: 'b' }])).toEqual([
      ['SELECT 0', 'MSETNX a a', 'SELECT 3', 'MSETNX b a'],
    ]);
  });
});

describe('strings by a command each', () => {
  const single = { by: 'single', over: false, from: 0, hasExpiry: true } as const;
  const soon = 4_102_444_800_000;

  test.each<[string, Key, Partial<StringWriting>, string]>([
    ['a new one', { key: 'k' }, {}, 'SETNX k a'],
    ['an integer', { key: 'k', value: Buffer.from('c10080', 'hex') }, {}, 'SETNX k -32768'],
    ['one with an expiry', { key: 'k', expireAtMs: soon }, {}, `SET k a PXAT ${soon} NX`],
    ['one over what is there', { key: 'k' }, { over: true }, 'SET k a'],
    ['one with an expiry over what is there', { key: 'k', expireAtMs: soon }, { over: true }, `SET k a PXAT ${soon}`],
  ])('%s', async (_, key, changes, command) => {
    const { batches } = await ship(rdbOf([key]), { strings: { ...single, ...changes } });
    expect(batches.map(({ commands }) => commands.map((words) => words.map(String).join(' ')))).toEqual([
      ['SELECT 0', command],
    ]);
    expect(batches.map(({ keys }) => keys)).toEqual([1]);
  });

  test.each<[string, Key, Partial<StringWriting>]>([
    ['that may be there by a batch whose replies were lost', { key: 'k' }, { from: 1_000_000 }],
    ['with an expiry that the target knows no SET for', { key: 'k', expireAtMs: soon }, { hasExpiry: false }],
    ['compressed', { key: 'k', value: Buffer.from('c3050a0061e00000', 'hex') }, {}],
  ])('one %s by RESTORE', async (_, key, changes) => {
    const { batches } = await ship(rdbOf([key]), { strings: { ...single, ...changes } });
    expect(String(batches[0]?.commands[1]?.[0])).toBe('RESTORE');
  });
});
