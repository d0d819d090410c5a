import { expect, test } from 'vitest';
import { counted, formatCount } from './ferry-error.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [-1234, '-1,234'],
  [1234567, '1,234,567'],
  [Number.MAX_SAFE_INTEGER, '9,007,199,254,740,991'],
])('%d is said as %s', (count, said) => {
  expect(formatCount(count)).toBe(said);
});

test('one is said in the singular', () => {
  expect([0, 1, 1_000].map((count) => counted(count, 'key'))).toEqual(['0 keys', '1 key', '1,000 keys']);
  expect(counted(1, 'library', 'libraries')).toBe('1 library');
});
