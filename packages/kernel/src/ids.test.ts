import { expect, test } from 'vitest';
import { createIds, isUuidV7 } from './ids.ts';

test('ids made in one millisecond are different and rise', () => {
  const newId = createIds({ now: () => 1_700_000_000_000 });
  const made = Array.from({ length: 10_000 }, newId);
  expect(new Set(made).size).toBe(made.length);
  expect([...made].sort()).toEqual(made);
  expect(made.every(isUuidV7)).toBe(true);
});

test('ids keep rising when the clock goes back', () => {
  let now = 2000;
  const newId = createIds({ now: () => now });
  const first = newId();
  now = 1000;
  expect(newId() > first).toBe(true);
});

test.each([
  ['another version', '018f3f5e-0000-4000-8000-000000000000'],
  ['upper case', '018F3F5E-0000-7000-8000-000000000000'],
  ['a text', 'x'],
])('%s is no id', (_, text) => {
  expect(isUuidV7(text)).toBe(false);
});
