import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printableKey } from './printable-key.ts';

test.each([
  ['plain text', Buffer.from('user:42'), 'user:42'],
  ['Chinese', Buffer.from('购物车'), '购物车'],
  ['a zero byte and an invalid one', Buffer.from([0x61, 0x00, 0xff]), 'a\\x00\\xff'],
  ['a backslash', Buffer.from('a\\b'), 'a\\\\b'],
  ['a terminal escape', Buffer.from('\u001b[2J'), '\\x1b[2J'],
  ['a right-to-left override', Buffer.from('a\u202eb'), 'a\\xe2\\x80\\xaeb'],
  ['a zero-width space', Buffer.from('\u200b'), '\\xe2\\x80\\x8b'],
  ['a sign that is drawn over those behind it', Buffer.from('\u0600'), '\\xd8\\x80'],
  ['a soft hyphen', Buffer.from('\u00ad'), '\\xc2\\xad'],
  ['a cut sequence', Buffer.from([0xe8, 0xb4]), '\\xe8\\xb4'],
  ['nothing', Buffer.alloc(0), ''],
])('%s', (_, bytes, text) => {
  expect(printableKey(bytes)).toBe(text);
});

test('a long key is cut and says how long it is', () => {
  expect(printableKey(Buffer.alloc(300, 'a'))).toBe(`${'a'.repeat(256)}… (300 bytes)`);
});

test('two different keys never look alike', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 12 }), (a, b) => {
      return Buffer.from(a).equals(Buffer.from(b)) || printableKey(a) !== printableKey(b);
    }),
    { numRuns: 2000 },
  );
});

test('nothing that a terminal or a page could act on is left', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(printableKey(bytes))),
  );
});
