import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scoreText } from './score.ts';

test.each([
  [-0, '-0'],
  [Number.NaN, 'nan'],
  [Number.POSITIVE_INFINITY, 'inf'],
  [Number.NEGATIVE_INFINITY, '-inf'],
  [1e21, '1e+21'],
  [5e-324, '5e-324'],
])('%d is written as %s', (score, text) => {
  expect(scoreText(score)).toBe(text);
});

test('a number is written as the shortest text that gives it back', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (score) => {
      expect(scoreText(score)).toBe(Object.is(score, -0) ? '-0' : String(score));
    }),
  );
});
