import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Crc64, crc64 } from './crc64.ts';

/** One bit at a time, as the polynomial is defined. */
function slowCrc64(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
  }
  return crc;
}

describe('CRC64', () => {
  test.each([
    ['nothing', '', 0n],
    ['the check value of the servers', '123456789', 0xe9c6d914c4b8d9can],
    [
      'the long text of the servers',
      'This is a test of the emergency broadcast system.This is a test of the emergency broadcast system.',
      undefined,
    ],
  ])('of %s', (_, text, value) => {
    expect(crc64(Buffer.from(text))).toBe(value ?? slowCrc64(Buffer.from(text)));
  });

  test('is the same by the definition, whole, in pieces and from a seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), fc.nat(4000), (bytes, at) => {
        const cut = Math.min(at, bytes.length);
        const whole = crc64(bytes);
        const pieces = new Crc64().update(bytes, 0, cut).update(bytes, cut, bytes.length).value;
        return (
          whole === slowCrc64(bytes) &&
          pieces === whole &&
          crc64(bytes, cut, bytes.length, crc64(bytes, 0, cut)) === whole
        );
      }),
    );
  });

  test('is the same for inputs longer than the kernel takes at once', () => {
    const long = Buffer.alloc(300_001, 'cacheferry');
    expect(crc64(long)).toBe(slowCrc64(long));
  });

  test('is written low byte first and found again', () => {
    const out = Buffer.alloc(9);
    const crc = new Crc64().update(Buffer.from('123456789'), 0, 9);
    expect(crc.write(out, 1)).toBe(9);
    expect(out.toString('hex')).toBe('00cad9b8c414d9c6e9');
    expect(crc.matches(out, 1)).toBe(true);
    expect(crc.matches(out, 0)).toBe(false);
  });
});
