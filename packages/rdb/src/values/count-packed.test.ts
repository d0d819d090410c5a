import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeIntset, makeListpack, makeZiplist } from '../../test/packed-encoders.ts';
import { type CountPacked, countIntset, countListpack, countZiplist } from './count-packed.ts';
import { readIntset } from './intset.ts';
import { readListpack } from './listpack.ts';
import { readZiplist } from './ziplist.ts';

const element = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Buffer.from(String(value))),
  fc.integer({ min: -5000, max: 5000 }).map((value) => Buffer.from(String(value))),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(63, 64, 122, 123, 250, 254, 4095, 4096, 16_377, 16_384, 40_000)
    .map((size) => Buffer.alloc(size, 'x')),
);
const elements = fc.array(element, { maxLength: 30 });
const width = fc.constantFrom(15n, 31n, 63n);
const members = width.chain((bits) =>
  fc
    .uniqueArray(fc.bigInt({ min: -(2n ** bits), max: 2n ** bits - 1n }), { maxLength: 20 })
    .map((list) => makeIntset(list.sort((a, b) => (a < b ? -1 : 1)))),
);

/** The packed bytes with others around them, which must not be looked at. */
function counted(count: CountPacked, packed: Buffer): number {
  const around = Buffer.concat([Buffer.alloc(5, 0xff), packed, Buffer.alloc(9, 0)]);
  return count(around, 5, 5 + packed.length);
}

function isRead(read: (blob: Buffer) => unknown, packed: Buffer): boolean {
  try {
    read(packed);
    return true;
  } catch {
    return false;
  }
}

const forms = [
  ['a listpack', countListpack, readListpack, elements.map(makeListpack)],
  ['a ziplist', countZiplist, readZiplist, elements.map(makeZiplist)],
  ['an intset', countIntset, readIntset, members],
] as const;

describe.each(forms)('%s', (name, count, read, packed) => {
  test('has as many elements as are read from it', () => {
    fc.assert(fc.property(packed, (blob) => counted(count, blob) === read(blob).length));
  });

  test('that is changed or cut is sound only when it can be read', () => {
    fc.assert(
      fc.property(packed, fc.nat(), fc.nat(255), fc.boolean(), (blob, at, byte, isCut) => {
        const place = at % blob.length;
        if (isCut) return counted(count, blob.subarray(0, place)) === -1;
        blob[place] = byte;
        const isSound = counted(count, blob) >= 0;
        // A ziplist is held to the lengths and the tail too, by which servers walk it backwards.
        expect(isSound).toBe(name === 'a ziplist' ? isSound && isRead(read, blob) : isRead(read, blob));
      }),
      { numRuns: 2_000 },
    );
  });
});

test.each([
  ['with a wrong length before', 11],
  ['with a wrong tail', 4],
])('a ziplist %s is not sound', (_, at) => {
  const packed = makeZiplist([Buffer.from('a'), Buffer.from('b'), Buffer.from('c')]);
  expect(counted(countZiplist, packed)).toBe(3);
  packed[at === 11 ? 13 : at] = 77;
  expect(counted(countZiplist, packed)).toBe(-1);
});
