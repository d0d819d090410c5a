import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSealer } from './seal.ts';

const key = randomBytes(32);
const sealer = createSealer(key);
const place = { table: 'endpoints', column: 'sealed_secrets', id: 'row-1' };
const unreadable = expect.objectContaining({ code: 'control.secret_unreadable', facts: { object: 'endpoints' } });

describe('a sealed text', () => {
  test.each(['', 'a secret text', '{"password":"pä😀"}', '\0', 'x'.repeat(100_000)])(
    'opens in its place (%#)',
    (text) => {
      const sealed = sealer.seal(text, place);
      expect(sealer.open(sealed, place)).toBe(text);
      if (text.length > 1) expect(sealed).not.toContain(text.slice(0, 8));
      expect(sealer.seal(text, place)).not.toBe(sealed);
    },
  );

  test.each([
    ['another row', { ...place, id: 'row-2' }],
    ['another column', { ...place, column: 'sealed_auth' }],
  ])('does not open in %s', (_, other) => {
    expect(() => sealer.open(sealer.seal('secret', place), other)).toThrow(unreadable);
  });

  test('that was changed anywhere does not open', () => {
    const sealed = sealer.seal('a secret text!', place);
    for (let at = 0; at < sealed.length; at++) {
      const letter = sealed[at] === 'A' ? 'B' : 'A';
      const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1);
      expect(() => sealer.open(changed, place), `changed at ${at}`).toThrow(unreadable);
      expect(() => sealer.open(sealed.slice(0, at), place), `cut at ${at}`).toThrow(unreadable);
    }
  });

  test('of an older key opens as long as that key is given, and is known as old', () => {
    const sealed = sealer.seal('secret', place);
    const newer = createSealer(randomBytes(32), [key]);
    expect(newer.open(sealed, place)).toBe('secret');
    expect([newer.isCurrent(sealed), sealer.isCurrent(sealed)]).toEqual([false, true]);
    expect(() => createSealer(randomBytes(32)).open(sealed, place)).toThrow(unreadable);
  });
});

test('a key of another length is refused', () => {
  expect(() => createSealer(randomBytes(16))).toThrow(expect.objectContaining({ code: 'config.invalid' }));
});
