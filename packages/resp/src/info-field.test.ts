import { expect, test } from 'vitest';
import { infoCount, infoField, infoMajor } from './info-field.ts';

const text =
  '# Stats\r\nredis_version:7.0.15\r\nexpired_keys:12\r\nexpired_stale_perc:0.00\r\nmaster_replid:ab:c\r\nempty:\r\n';
const info = Buffer.from(text);

test.each([
  ['expired_keys', '12', 12],
  ['expired_stale_perc', '0.00', null],
  ['master_replid', 'ab:c', null],
  ['empty', '', null],
  ['keys', null, null],
])('%s is %o, as a count %o', (name, field, count) => {
  expect(infoField(info, name)).toBe(field);
  expect(infoField(text, name)).toBe(field);
  expect(infoCount(info, name)).toBe(count);
});

test('an answer that is no text has no fields', () => {
  for (const reply of [null, undefined, 1, []]) expect(infoField(reply, 'expired_keys')).toBe(null);
});

test('the version', () => {
  expect(infoMajor(info)).toBe(7);
  expect(infoMajor(null)).toBe(0);
});
