import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Cursor } from './cursor.ts';
import { ByteWriter } from './encode/byte-writer.ts';

function cursorOn(hex: string): Cursor {
  const cursor = new Cursor();
  const bytes = Buffer.from(hex, 'hex');
  cursor.open(bytes, 0, bytes.length);
  return cursor;
}

describe('RDB length', () => {
  test.each([
    ['6 bit, smallest', '00', 0, 1],
    ['6 bit, largest', '3f', 63, 1],
    ['14 bit, smallest', '4040', 64, 2],
    ['14 bit, largest', '7fff', 16_383, 2],
    ['32 bit', '8000004000', 16_384, 5],
    ['64 bit', '810000000100000000', 2 ** 32, 9],
  ])('%s', (_, hex, value, bytesRead) => {
    const cursor = cursorOn(hex);
    expect(cursor.length()).toBe(true);
    expect([cursor.value, cursor.at, cursor.isSpecial]).toEqual([value, bytesRead, false]);
  });

  test('a cut anywhere asks for the bytes that are missing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(63), fc.nat(20_000), fc.nat(), fc.maxSafeNat()), fc.nat(8), (value, cut) => {
        const whole = new ByteWriter().count(value).bytes;
        const cursor = cursorOn(whole.subarray(0, cut).toString('hex'));
        if (cut >= whole.length) return cursor.length() && cursor.value === value;
        return !cursor.length() && cursor.needEnd <= whole.length && cursor.needEnd > cut;
      }),
    );
  });

  test.each([
    ['an unknown length', '82', 'length'],
    ['a string longer than a buffer can be', '81ffffffffffffffff', 'string length'],
    ['an unknown string encoding', 'c4', 'string encoding'],
    ['a packed string of endless size', 'c303 81ffffffffffffffff', 'unpacked length'],
  ])('refuses %s', (_, hex, reason) => {
    const cursor = cursorOn(hex.replaceAll(' ', ''));
    expect(() => cursor.string()).toThrow(reason);
  });

  test.each([
    ['8 bit', 'c0ff', '-1'],
    ['16 bit', 'c10080', '-32768'],
    ['32 bit', 'c2ffffff7f', '2147483647'],
    ['raw', '03616263', 'abc'],
    ['packed', 'c3050a0061e00000', 'aaaaaaaaaa'],
  ])('reads a %s string', (_, hex, text) => {
    const cursor = cursorOn(hex);
    expect(cursor.string()).toBe(true);
    expect(cursor.unpacked().toString()).toBe(text);
  });
});
