import { FerryError } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import { FieldErrors } from './problem.ts';
import { readJson } from './read-json.ts';

const fieldsOf = (text: string | Buffer): unknown => {
  try {
    readJson(Buffer.from(text));
  } catch (error) {
    if (error instanceof FerryError && error.cause instanceof FieldErrors) return error.cause.fields;
  }
  return undefined;
};

describe('a JSON body', () => {
  test.each([
    ['nothing', '', {}],
    ['an object', '{"a":[1,"ü"]}', { a: [1, 'ü'] }],
    ['a text', '"x"', 'x'],
    ['twenty levels', `${'['.repeat(20)}${']'.repeat(20)}`, JSON.parse(`${'['.repeat(20)}${']'.repeat(20)}`)],
  ])('of %s is read', (_, text, value) => {
    expect(readJson(Buffer.from(text))).toEqual(value);
  });

  test.each([
    ['what is not JSON', '{a:1}', '', 'JSON'],
    ['a cut one', '{"a":', '', 'JSON'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), '', 'UTF-8'],
    ['a name that reaches the prototype', '{"a":{"__proto__":{"admin":true}}}', 'a.__proto__', 'no such field'],
    ['a name that reaches the constructor', '{"constructor":1}', 'constructor', 'no such field'],
    ['a NUL', '{"a":"x\\u0000y"}', 'a', 'NUL'],
    ['half of a character', '{"a":["\\ud800"]}', 'a.0', 'half'],
    ['half of a character in a name', '{"\\udc00":1}', '', 'half'],
    ['thirty levels', `${'['.repeat(30)}${']'.repeat(30)}`, '0.0.0', 'deeply'],
  ])('with %s is refused', (_, text, path, message) => {
    expect(fieldsOf(text)).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  test('of a million levels is refused without an overflow', () => {
    expect(fieldsOf(`${'['.repeat(500_000)}${']'.repeat(500_000)}`)).toBeDefined();
  });
});
