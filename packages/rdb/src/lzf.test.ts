import { describe, expect, test } from 'vitest';
import { unpackLzf } from './lzf.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('LZF', () => {
  test.each([
    ['a run of plain bytes', '02 616263', 'abc'],
    ['a byte repeated by a reference that overlaps itself', '00 61 e0 00 00', 'a'.repeat(10)],
    ['a pattern repeated', '01 6162 40 01', 'abababa'.slice(0, 6)],
    ['a reference of the longest length', '00 61 e0 ff 00', 'a'.repeat(265)],
  ])('unpacks %s', (_, packed, text) => {
    expect(unpackLzf(bytes(packed), text.length).toString()).toBe(text);
  });

  test.each([
    ['a run that ends early', '05 616263', 6],
    ['a reference before the start', '20 05', 3],
    ['a reference without its second byte', '00 61 20', 4],
    ['a long reference without its length', '00 61 e0', 4],
    ['more bytes than announced', '02 616263', 2],
    ['fewer bytes than announced', '02 616263', 4],
    ['a size that these bytes can never have', '02 616263', 4_000_000_000],
  ])('refuses %s', (_, packed, size) => {
    expect(() => unpackLzf(bytes(packed), size)).toThrow('packed string');
  });
});
