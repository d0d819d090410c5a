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

/** Bytes without a pattern, the same each time. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 1; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
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

  // Where folding begins, an even and an odd number of blocks, with a rest, and more than the kernel takes at once.
  test.each([16_383, 16_384, 16_400, 16_416, 16_431, 65_536, 131_072, 131_088, 147_455, 400_007])(
    'of %i bytes is that of its pieces, from any checksum before',
    (length) => {
      const bytes = noise(length);
      const whole = new Crc64().update(bytes, 0, 5).update(bytes, 5, length);
      const pieces = new Crc64().update(bytes, 0, 5);
      for (let at = 5; at < length; at += 500) pieces.update(bytes, at, Math.min(length, at + 500));
      expect(whole.value).toBe(pieces.value);
      const other = Buffer.from(bytes);
      other.writeUInt8((other.readUInt8(length >> 1) + 1) & 255, length >> 1);
      expect(crc64(other)).not.toBe(whole.value);
    },
  );

  test('is written low byte first and found again', () => {
    const out = Buffer.alloc(9);
    const crc = new Crc64().update(Buffer.from('123456789'), 0, 9);
    expect(crc.write(out, 1)).toBe(9);
    expect(out.toString('hex')).toBe('00cad9b8c414d9c6e9');
    expect(crc.matches(out, 1)).toBe(true);
    expect(crc.matches(out, 0)).toBe(false);
  });
});
