import { describe, expect, test } from 'vitest';
import { divideSlots, inSlots } from './slot-range.ts';

describe('slots that are divided', () => {
  test.each([1, 2, 3, 7, 100, 1_000])(
    'into %i parts are each in exactly one, and the parts differ by one at most',
    (of) => {
      const parts = divideSlots(of);
      const sizes = parts.map(([first, last]) => last - first + 1);
      expect(parts.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at))).toEqual(
        Array.from({ length: 16_384 }, (_, slot) => slot),
      );
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    },
  );

  test('have the keys whose tag lies in them', () => {
    // CLUSTER KEYSLOT foo = 12182.
    const bytes = Buffer.from('..{foo}bar..');
    const isIn = (first: number, last: number) => inSlots([first, last])(bytes, 2, 10);
    expect([isIn(12_182, 12_182), isIn(0, 12_181), isIn(12_183, 16_383)]).toEqual([true, false, false]);
  });
});
