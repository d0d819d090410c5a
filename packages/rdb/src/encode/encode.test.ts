import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RdbMagic } from '../entry.ts';
import { readDumpPayload } from '../dump-payload.ts';
import type { ElementSink, StreamParts } from '../values/element-sink.ts';
import { type RdbValue, readValue, sortValue } from '../values/value.ts';
import { ValueDecoder } from '../values/value-decoder.ts';
import { ByteWriter } from './byte-writer.ts';
import { type CollectionValue, encodeCollection, type PlainType, plainTypes } from './encode-collection.ts';
import { probePayloads } from './probe.ts';
import { recodeValue } from './recode.ts';

const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array));
const list = fc.array(bytes, { maxLength: 30 });
const unique = <T>(element: fc.Arbitrary<T>, name: (element: T) => Buffer) =>
  fc.uniqueArray(element, { maxLength: 30, selector: (e) => name(e).toString('latin1') });
const expiry = fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 4_102_444_800_000 }));

const values: fc.Arbitrary<{ value: CollectionValue; forms: readonly (readonly [PlainType, RdbMagic])[] }> = fc.oneof(
  bytes.map((text) => ({ value: { type: 'string', text } as const, forms: [[plainTypes.string, 'REDIS']] as const })),
  list.map((items) => ({ value: { type: 'list', items } as const, forms: [[plainTypes.list, 'REDIS']] as const })),
  unique(bytes, (b) => b).map((items) => ({
    value: { type: 'set', items } as const,
    forms: [[plainTypes.set, 'REDIS']] as const,
  })),
  unique(fc.record({ member: bytes, score: fc.double() }), ({ member }) => member).map((members) => ({
    value: { type: 'zset', members } as const,
    forms: [
      [plainTypes.zset, 'REDIS'],
      [plainTypes.zsetText, 'REDIS'],
    ] as const,
  })),
  unique(fc.record({ field: bytes, value: bytes, expireAtMs: expiry }), ({ field }) => field).map((fields) => ({
    value: { type: 'hash', fields } as const,
    forms: [
      [plainTypes.redisHash, 'REDIS'],
      [plainTypes.valkeyHash, 'VALKEY'],
    ] as const,
  })),
);
const text = (value: RdbValue) =>
  JSON.stringify(sortValue(value), (_, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? String(part) : part === 0 ? 0 : part,
  );

test('every plain form gives back the value that was written', () => {
  fc.assert(
    fc.property(values, ({ value, forms }) => {
      for (const [type, magic] of forms)
        expect(text(readValue(type, magic, encodeCollection(value, type)))).toBe(text(value));
    }),
  );
});

test.each([
  ['a set with a member twice', 2, '02 01 61 01 61'],
  ['a hash with a field twice', 4, '02 01 61 01 62 01 61 01 63'],
  ['a sorted set with a member twice', 3, '02 01 61 01 31 01 61 01 32'],
  ['a sorted set with a score that is no number', 3, '01 01 61 fd'],
])('%s is not written anew: no server keeps one', (_, type, hex) => {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  expect(() => recodeValue(type, 'REDIS', body, { product: 'redis', refused: new Set([type]) })).toThrow(
    /twice|no number/,
  );
});

test('a hash without room for expiries keeps its fields', () => {
  const value = {
    type: 'hash' as const,
    fields: [{ field: Buffer.from('f'), value: Buffer.from('v'), expireAtMs: 9 }],
  };
  expect(readValue(4, 'REDIS', encodeCollection(value, plainTypes.hash))).toMatchObject({
    fields: [{ expireAtMs: -1 }],
  });
});

test('an element that occurs twice is written once, a field with its last value', () => {
  const field = (value: string) => ({ field: Buffer.from('f'), value: Buffer.from(value), expireAtMs: -1 });
  const body = encodeCollection({ type: 'hash', fields: [field('old'), field('new')] }, plainTypes.hash);
  expect(text(readValue(4, 'REDIS', body))).toBe(text({ type: 'hash', fields: [field('new')] }));
});

/** A stream of type 27: one group with an owned and a given-back pending entry, and state of producers. */
function streamWithNack(): Buffer {
  const id = (n: number) => {
    const raw = Buffer.alloc(16);
    raw.writeBigUInt64BE(BigInt(n), 0);
    return raw;
  };
  const out = new ByteWriter().count(0);
  for (const number of [0, 9, 0, 0, 0, 8, 0, 9]) out.count(number);
  out.count(1).string(Buffer.from('g')).count(9).count(0).count(7);
  out.count(2);
  for (const n of [1, 2])
    out
      .raw(id(n))
      .time(1000 + n)
      .count(3);
  out.count(1).string(Buffer.from('ann')).time(5).time(6).count(1).raw(id(1));
  out.count(1).raw(id(2));
  out
    .count(100)
    .count(50)
    .count(1)
    .string(Buffer.from('producer'))
    .count(1)
    .string(Buffer.from('iid'))
    .count(9)
    .count(0);
  return Buffer.from(out.count(4).count(2).bytes);
}

describe('a stream in an older form', () => {
  const goal = (...refused: number[]) => ({ product: 'redis' as const, refused: new Set(refused) });

  test.each([
    [[26, 27], 21, { deliveries: 1, added: 9n, active: 6, read: 7n }],
    [[21, 26, 27], 19, { deliveries: 1, added: 9n, active: null, read: 7n }],
    [[19, 21, 26, 27], 15, { deliveries: 1, added: null, active: null, read: null }],
  ])('for a target that refuses %j is of type %i and keeps what that can say', (refused, type, wanted) => {
    const recoded = recodeValue(27, 'REDIS', streamWithNack(), goal(...refused));
    expect([recoded.type, recoded.unownedPending, recoded.messageIds]).toEqual([type, 1, 1]);
    const value = readValue(type, 'REDIS', recoded.body) as RdbValue & { type: 'stream' };
    const [group] = value.groups;
    expect({
      deliveries: group?.pending.length,
      added: value.info.entriesAdded,
      active: group?.consumers[0]?.activeAtMs,
      read: group?.entriesRead,
    }).toEqual(wanted);
    expect(group?.pending[0]?.consumer?.toString()).toBe('ann');
    expect(value.info.lastId).toBe('9-0');
  });

  test('that the target has no place for at all is refused', () => {
    expect(() => recodeValue(27, 'REDIS', streamWithNack(), goal(15, 19, 21))).toThrow('without older form');
  });
});

test('a module value has no older form', () => {
  expect(() =>
    recodeValue(7, 'REDIS', Buffer.from('0000', 'hex'), { product: 'redis', refused: new Set([7]) }),
  ).toThrow('without older form');
});

test.each(['REDIS', 'VALKEY'] as const)('every probe of %s is a value of its type', (magic) => {
  for (const [type, payload] of probePayloads(magic)) {
    const { body, type: named } = readDumpPayload(payload);
    expect(named).toBe(type);
    expect(() => readValue(type, magic, body), `type ${type}`).not.toThrow();
  }
});

test('key metadata before the type of a payload is passed over and counted', () => {
  const payload = Buffer.from('f30101000000020700 00 0131 0d00 0000000000000000'.replaceAll(' ', ''), 'hex');
  const { type, body, metaClasses, version } = readDumpPayload(payload);
  expect([type, body.toString('hex'), metaClasses, version]).toEqual([0, '0131', 1, 13]);
});

test.each([[''], ['00'], ['000000000000000000']])('a payload of %j is too short to be one', (hex) => {
  expect(() => readDumpPayload(Buffer.from(hex, 'hex'))).toThrow('too short');
});

test('a stream that is taken bit by bit tells which messages of producers it knows', () => {
  const told: string[] = [];
  const tell = (name: string) => () => void told.push(name);
  const streamParts = new Proxy({} as StreamParts, { get: (_, name) => tell(String(name)) });
  const sink = new Proxy({} as ElementSink, {
    get: (_, name) => (name === 'streamParts' ? streamParts : tell(String(name))),
  });
  const body = streamWithNack();
  new ValueDecoder(27, 'REDIS', sink).feed(body, 0, body.length, true);
  expect(told).toEqual(['streamInfo', 'group', 'pending', 'pending', 'consumer', 'owned', 'groupEnd', 'messageId']);
});
