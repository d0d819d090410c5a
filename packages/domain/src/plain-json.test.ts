import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, plainJson } from './plain-json.ts';

describe('plain JSON', () => {
  test.each([
    ['NUL', 'a\0b', 'a\\x00b'],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
    ['a whole pair', '😀', '😀'],
    ['a number that JSON lacks', Number.POSITIVE_INFINITY, null],
    ['a big integer', 12345678901234567890n, '12345678901234567890'],
    ['a time', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['what is not there', { a: undefined, 'b\0': 1 }, { 'b\\x00': 1 }],
    ['a function', () => {}, null],
  ])('of %s can be stored', (_, value, plain) => {
    expect(plainJson(value)).toEqual(plain);
  });

  test('is never deeper than a database takes', () => {
    const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
    expect(JSON.stringify(plainJson(deep)).length).toBeLessThan(100);
  });

  test('of plain values is the value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        if (/\\u0000|\\ud[89a-f]|-0/i.test(text) || text.includes('"__proto__"')) return;
        expect(plainJson(JSON.parse(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});

test('equal values have the same canonical text, whatever the order of their names', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(canonicalJson(value));
    }),
  );
});
