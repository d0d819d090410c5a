import { makeDumpPayload, type RdbValue } from '@cacheferry/rdb';
import { describe, expect, test } from 'vitest';
import { BatchSize } from './batch-size.ts';
import { BigDifferences } from './big/big-differences.ts';
import { compareReadings } from './compare-readings.ts';
import { compareValues } from './compare-values.ts';
import { isSameExpiry } from './expiry.ts';
import { fingerprintOf } from './fingerprint.ts';
import { StringsFirst } from './strings-first.ts';

const b = (text: string) => Buffer.from(text);
const raw = { source: b(''), target: b(''), ttl: { toleranceMs: 5 } };
const found = (x: RdbValue, y: RdbValue) =>
  compareValues(x, y, raw).map(({ class: name, differences }) => [name, differences?.map(({ at }) => at)]);
const set = (...items: string[]): RdbValue => ({ type: 'set', items: items.map(b) });
const zset = (...members: [string, number][]): RdbValue => ({
  type: 'zset',
  members: members.map(([member, score]) => ({ member: b(member), score })),
});
const hash = (...fields: [string, string, number?][]): RdbValue => ({
  type: 'hash',
  fields: fields.map(([field, value, expireAtMs = -1]) => ({ field: b(field), value: b(value), expireAtMs })),
});

describe('two values', () => {
  test.each<[string, RdbValue, RdbValue]>([
    ['sets in another order', set('a', 'b'), set('b', 'a')],
    ['hashes in another order', hash(['a', '1'], ['b', '2']), hash(['b', '2'], ['a', '1'])],
    ['scores of 0 and −0', zset(['a', 0]), zset(['a', -0])],
    ['scores that are no number', zset(['a', Number.NaN]), zset(['a', Number.NaN])],
    ['field expiries within the tolerance', hash(['a', '1', 1000]), hash(['a', '1', 1005])],
  ])('with %s are equal', (_, x, y) => {
    expect(found(x, y)).toEqual([]);
  });

  test.each<[string, RdbValue, RdbValue, unknown[]]>([
    ['types', set('a'), zset(['a', 1]), [['type', undefined]]],
    ['members', set('a', 'b'), set('b', 'c'), [['value', ['member', 'member']]]],
    ['scores by one bit', zset(['a', 0.1]), zset(['a', 0.10000000000000002]), [['value', ['member a']]]],
    ['infinite scores', zset(['a', Infinity]), zset(['a', -Infinity]), [['value', ['member a']]]],
    [
      'fields and expiries',
      hash(['a', '1', 1000]),
      hash(['a', '2']),
      [
        ['value', ['field a']],
        ['ttl', ['field a']],
      ],
    ],
    ['names that are no text', hash(['\u0000', '1']), hash(), [['value', ['field base64:AA==']]]],
  ])('that differ in %s say where', (_, x, y, wanted) => {
    expect(found(x, y)).toEqual(wanted);
  });
});

test.each([
  [-1, -1, 0, true],
  [-1, 5, 1000, false],
  [1000, 1001, 0, false],
  [1000, 1001, 1, true],
])('expiries %d and %d with a tolerance of %d ms: same is %s', (x, y, toleranceMs, same) => {
  expect(isSameExpiry(x, y, { toleranceMs })).toBe(same);
});

describe('readings', () => {
  const reading = (dump: Buffer | null, expireAtMs = -1) => ({
    dump,
    expireAtMs,
    type: null,
    length: null,
    refusal: null,
  });
  const payload = (type: number, hex: string) => makeDumpPayload(type, Buffer.from(hex, 'hex'));

  test('in another encoding are equal, and their fingerprints do not depend on the order', () => {
    const x = reading(payload(2, '0201610162'));
    const y = reading(payload(2, '0201620161'));
    expect(compareReadings(x, y, { toleranceMs: 0 })).toEqual([]);
    expect(fingerprintOf(x, x, true)).toBe(fingerprintOf(y, y, true));
    expect(fingerprintOf(x, reading(null), true)).not.toBe(fingerprintOf(reading(null), x, true));
  });

  test('differ in value and expiry at once, one finding each', () => {
    const findings = compareReadings(reading(payload(0, '0131'), 5), reading(payload(0, '0132')), { toleranceMs: 0 });
    expect(findings.map((finding) => finding.class)).toEqual(['value', 'ttl']);
  });

  test('that were refused or cannot be decoded are unreadable, never equal', () => {
    const refused = { ...reading(null), refusal: 'NOPERM no' };
    expect(compareReadings(refused, reading(null), { toleranceMs: 0 })[0]?.class).toBe('unreadable');
    const broken = compareReadings(reading(payload(16, '05')), reading(payload(4, '00')), { toleranceMs: 0 });
    expect(broken[0]?.class).toBe('unreadable');
  });
});

test('differences of a big value last when two looks find the same on both sides', () => {
  const look = (...changes: [string, string, string][]) => {
    const differences = new BigDifferences();
    for (const [at, x, y] of changes) differences.add('value', at, b(x), b(y));
    return differences;
  };
  const first = look(['a', '1', '2'], ['b', '1', '2']);
  expect(
    look(['a', '1', '2'], ['b', '1', '3'])
      .lasting(first.ids())
      .map(({ at }) => at),
  ).toEqual(['a']);
});

test('batches shrink at once for big values and grow again bit by bit', () => {
  const size = new BatchSize();
  for (let i = 0; i < 30; i++) size.learn(100, 10_000);
  expect(size.keys).toBe(512);
  size.learn(100, 100_000_000);
  expect(size.keys).toBe(8);
  size.learn(8, 800);
  expect(size.keys).toBeLessThan(16);
});

test('strings are asked for first while most keys are strings, and tried again now and then', () => {
  const strings = new StringsFirst();
  expect(strings.next()).toBe(true);
  for (let i = 0; i < 20; i++) strings.learn(100, 0);
  const asked = Array.from({ length: 64 }, () => strings.next()).filter(Boolean);
  expect(asked).toHaveLength(2);
  strings.forbid();
  expect(Array.from({ length: 64 }, () => strings.next()).some(Boolean)).toBe(false);
});
