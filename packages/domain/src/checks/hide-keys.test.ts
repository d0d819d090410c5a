import type { Conflict } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { hideConflict } from './hide-keys.ts';
import { keyBytes } from './list-conflicts.ts';

const side = { type: 'hash', length: 2, pttlAt: null, value: 'dmFsdWU=', valueBytes: 5 };
const conflict: Conflict = {
  db: 0,
  key: 'a2V5',
  type: 'hash',
  class: 'value',
  detail: { message: 'differs', differences: [{ at: 'ZmllbGQ=', source: 'MQ==', target: null }] },
  source: side,
  target: null,
};

test('a conflict is shown whole, without values, or without keys and values', () => {
  expect(hideConflict(conflict, { keys: true, values: true })).toEqual(conflict);
  const withoutValues = hideConflict(conflict, { keys: true, values: false });
  expect(withoutValues).toMatchObject({ key: 'a2V5', source: { ...side, value: null }, target: null });
  expect(withoutValues.detail.differences).toEqual([{ at: 'ZmllbGQ=', source: null, target: null }]);
  const bare = hideConflict(conflict, { keys: false, values: false });
  expect(bare).toMatchObject({ key: '', detail: { message: 'differs', differences: [{ at: '' }] } });
});

test.each([
  ['cart:1', 'cart:1'],
  ['\\x00\\xFF', '\x00\xff'],
  ['a\\\\x41', 'a\\x41'],
  ['ü', '\xc3\xbc'],
  ['\\x4', '\\x4'],
])('the key %s is looked for by its bytes', (text, latin1) => {
  expect(Buffer.from(keyBytes(text)).toString('latin1')).toBe(latin1);
});
