import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FerryError } from '@cacheferry/kernel';
import { makeIntset, makeListpack, makeZiplist, makeZipmap } from '../../test/packed-encoders.ts';
import { readIntset } from './intset.ts';
import { readListpack } from './listpack.ts';
import { scoreOfText } from './score.ts';
import { readValue } from './value.ts';
import { readZiplist } from './ziplist.ts';
import { readZipmap } from './zipmap.ts';

const edges = [
  0, 7, 12, 13, 63, 64, 127, 128, 253, 254, 255, 4095, 4096, 16_383, 16_384, 32_767, 32_768, 8_388_607, 8_388_608,
]
  .flatMap((n) => [n, -n, -n - 1])
  .map(String)
  .concat([
    '2147483647',
    '-2147483648',
    '2147483648',
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775808',
  ]);
const element = fc.oneof(
  fc.constantFrom(...edges).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(63, 64, 250, 254, 4095, 4096, 16_383, 16_384, 40_000).map((size) => Buffer.alloc(size, 'x')),
);
const elements = fc.array(element, { maxLength: 40 });
const forms = [
  ['listpack', makeListpack, readListpack],
  ['ziplist', makeZiplist, readZiplist],
] as const;

describe.each(forms)('%s', (_, make, read) => {
  test('gives back what was packed', () => {
    fc.assert(
      fc.property(elements, (list) => {
        expect(hexOf(read(make(list)))).toBe(hexOf(list));
      }),
    );
  });

  test('that is cut or changed ends in an error or in other elements, never outside', () => {
    fc.assert(
      fc.property(elements, fc.nat(), fc.nat(255), fc.boolean(), (list, at, byte, isCut) => {
        const packed = make(list);
        const place = at % packed.length;
        if (isCut) return isRefused(() => read(packed.subarray(0, place)));
        packed[place] = byte;
        const total = (parts: Buffer[]) => parts.reduce((sum, part) => sum + Math.min(part.length, 20), 0);
        return isRefused(() => total(read(packed)) <= packed.length * 20);
      }),
    );
  });

  test('with more elements than its count can say is read to its end', () => {
    const many = Array.from({ length: 70_000 }, (_, i) => Buffer.from(String(i)));
    expect(read(make(many))).toHaveLength(70_000);
  });
});

test('an intset gives back its members', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (list) => {
      const members = list.sort((a, b) => (a < b ? -1 : 1));
      expect(readIntset(makeIntset(members)).map(String)).toEqual(members.map(String));
    }),
  );
});

test.each([
  ['an unknown width', '03000000 01000000 0102'],
  ['fewer members than counted', '02000000 02000000 0100'],
  ['more members than counted', '02000000 01000000 01000200'],
  ['no header', '0200'],
  ['members that do not rise', '02000000 02000000 0200 0100'],
  ['a member twice', '02000000 02000000 0200 0200'],
])('an intset with %s is refused', (_, hex) => {
  expect(() => readIntset(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow('intset');
});

const texts = (...list: string[]) => list.map((text) => Buffer.from(text));
const long = 'x'.repeat(200);

test.each([
  ['a listpack, a short length', makeListpack(texts('a', 'b')), 8],
  ['a listpack, a long length', makeListpack(texts(long, 'b')), 208],
  ['a listpack, a mark of it', makeListpack(texts(long, 'b')), 209],
] as const)('what is read from the end only is compared: %s', (_, whole, at) => {
  expect(readListpack(whole)).toHaveLength(2);
  const damaged = Buffer.from(whole);
  damaged[at] = (damaged[at] as number) ^ 2;
  expect(() => readListpack(damaged)).toThrow('back length');
});

test('a score is a number as servers write them, and nothing that only reads like one', () => {
  const scores = ['17179869184.25', '-0', '+5', '.5', '5.', '1e400', '-1E-7', 'inf', '-inf'];
  expect(scores.map((text) => scoreOfText(Buffer.from(text), 0))).toEqual([
    ...[17179869184.25, -0, 5, 0.5, 5, Infinity, -1e-7, Infinity, -Infinity],
  ]);
  for (const text of ['', ' 1', '1 ', '0b11', '0x10', '1_0', 'abc', 'Infinity'])
    expect(() => scoreOfText(Buffer.from(text), 0), text).toThrow('score');
});

test.each([
  ['in front of all', 24, 'ffffffffffffffff 01 01 0161 0162'],
  ['of a field', 24, '0000000000000000 01 817fffffffffffffff 0161 0162'],
  ['of a field, absolute', 22, '01 817fffffffffffffff 0161 0162'],
])('an expiry %s that cannot be one is damage', (_, type, hex) => {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  expect(() => readValue(type, 'REDIS', body)).toThrow('field expiry');
});

test('a zipmap gives back fields and values, with and without free space', () => {
  const pairs = fc.array(element, { maxLength: 20 }).map((list) => list.slice(0, list.length & ~1));
  fc.assert(
    fc.property(pairs, fc.nat(9), (list, free) => {
      expect(hexOf(readZipmap(makeZipmap(list, free)))).toBe(hexOf(list));
    }),
  );
});

test('a zipmap with another count than it says is refused', () => {
  const packed = makeZipmap(texts('a', 'b', 'c', 'd'));
  packed[0] = 5;
  expect(() => readZipmap(packed)).toThrow('zipmap end');
});

test('a zipmap that is cut is refused', () => {
  const whole = makeZipmap([Buffer.from('a'), Buffer.from('b'), Buffer.from('c'), Buffer.alloc(300)]);
  for (let end = 0; end < whole.length; end++) expect(isRefused(() => readZipmap(whole.subarray(0, end)))).toBe(true);
});

const hexOf = (list: Buffer[]) => list.map((bytes) => bytes.toString('hex')).join();

/** True when the act is refused with an error of ours, or answers true. */
function isRefused(act: () => unknown): boolean {
  try {
    const answer = act();
    return answer === true;
  } catch (error) {
    return error instanceof FerryError && error.code.startsWith('rdb.');
  }
}
