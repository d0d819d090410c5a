import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HashSet } from './hash-set.ts';
import { KeyHash } from './key-hash.ts';

const half = fc.oneof(fc.nat({ max: 0xffff_ffff }), fc.constantFrom(0, 1, 0xffff_ffff));

describe('the hash set', () => {
  test('holds exactly what was added', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(half, half)), fc.array(fc.tuple(half, half)), (added, asked) => {
        const set = new HashSet(1);
        for (const [high, low] of added) set.add(high, low);
        const isIn = new Set(added.map(([high, low]) => `${high} ${low || (high === 0 ? 1 : 0)}`));
        for (const [high, low] of [...added, ...asked])
          expect(set.has(high, low)).toBe(isIn.has(`${high} ${low || (high === 0 ? 1 : 0)}`));
        expect(set.size).toBe(isIn.size);
      }),
    );
  });
});

describe('the hash of a key', () => {
  test('differs for every one of a million similar keys, and for the same key in other databases', () => {
    const set = new HashSet(1_100_000);
    const hash = new KeyHash();
    for (let n = 0; n < 1_000_000; n++) {
      const key = Buffer.from(`user:${n}`);
      hash.of(0, key, 0, key.length);
      set.add(hash.high, hash.low);
    }
    for (let db = 1; db <= 16; db++) {
      hash.of(db, Buffer.from('user:1'), 0, 6);
      set.add(hash.high, hash.low);
    }
    expect(set.size).toBe(1_000_016);
  });
});
