import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RdbEntry } from '../entry.ts';
import { ByteWriter } from '../encode/byte-writer.ts';
import { RdbFileEncoder } from '../encode/rdb-file-encoder.ts';
import { unpackLzf } from '../lzf.ts';
import { RdbWalker } from '../walker.ts';
import { TextPieces } from './text-pieces.ts';

const mib = 1_048_576;

/** Packs by literals and by references of every length and distance that the text offers. */
function packed(parts: readonly { text: string; distance: number; length: number }[]): { body: Buffer; text: Buffer } {
  const out = new ByteWriter();
  let size = 0;
  for (const { text, distance, length } of parts) {
    const bytes = Buffer.from(text, 'latin1').subarray(0, 32);
    out.byte(bytes.length - 1).raw(bytes);
    size += bytes.length;
    const back = Math.min(distance, size) - 1;
    if (length < 9) out.byte(((length - 2) << 5) | (back >> 8));
    else out.byte((7 << 5) | (back >> 8)).byte(length - 9);
    out.byte(back & 255);
    size += length;
  }
  const bytes = Buffer.from(out.bytes);
  const body = Buffer.from(new ByteWriter().byte(0xc3).count(bytes.length).count(size).raw(bytes).bytes);
  return { body, text: unpackLzf(bytes, size) };
}

function textOf(body: Buffer, cuts: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  const pieces = new TextPieces(0, (bytes) => parts.push(Buffer.from(bytes)));
  const places = [...new Set(cuts.map((cut) => 10 + (cut % Math.max(1, body.length - 10))))].sort((a, b) => a - b);
  const ends = [...places.filter((place) => place < body.length), body.length];
  let start = 0;
  for (const end of ends) {
    pieces.take(body, start, end, end === body.length);
    start = end;
  }
  const whole = Buffer.concat(parts);
  expect(pieces.size).toBe(whole.length);
  return whole;
}

const part = fc.record({
  text: fc.string({ minLength: 1, maxLength: 32, unit: 'binary-ascii' }),
  distance: fc.integer({ min: 1, max: 8_192 }),
  length: fc.integer({ min: 3, max: 264 }),
});

test('a packed string in pieces becomes what it becomes as a whole', () => {
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 2, maxLength: 80 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (parts, cuts) => {
        const { body, text } = packed(parts);
        return textOf(body, cuts).equals(text);
      },
    ),
  );
});

test('references reach back over what was handed out', () => {
  const parts = Array.from({ length: 4_000 }, (_, n) => ({
    text: `${n} abcdefgh`,
    distance: 8_192 - (n % 50),
    length: 264,
  }));
  const { body, text } = packed(parts);
  expect(text.length).toBeGreaterThan(mib);
  expect(textOf(body, [100_000, 5_001]).equals(text)).toBe(true);
});

test.each([
  ['points before its begin', [0xc3, 3, 9, 0x00, 0x61, 0x20, 0x05]],
  ['is longer than it says', [0xc3, 5, 2, 0x02, 0x61, 0x62, 0x63, 0x00]],
  ['ends within a reference', [0xc3, 3, 9, 0x00, 0x61, 0xe0]],
  ['is shorter than it says', [0xc3, 2, 9, 0x00, 0x61]],
])('a packed string that %s is refused', (_, bytes) => {
  const body = Buffer.from(bytes);
  expect(() => new TextPieces(7, () => {}).take(body, 0, body.length, true)).toThrow('packed string');
});

test.each([1, 65_536, 3 * mib])('a walker hands out a long string in pieces, from input of %i bytes', (step) => {
  const text = Buffer.alloc(step === 1 ? 1_100_000 : 5 * mib, 'some text, ');
  const value = Buffer.from(new ByteWriter().string(text).bytes);
  const encoder = new RdbFileEncoder('REDIS', 11);
  const none = { expireAtMs: -1, idleSeconds: -1, freq: -1 };
  encoder.key({ db: 0, key: Buffer.from('long'), type: 0, value, ...none });
  encoder.key({ db: 0, key: Buffer.from('next'), type: 0, value: Buffer.from([1, 0x78]), ...none });
  encoder.end();
  const file = encoder.take();
  const found: Buffer[] = [];
  const keys: string[] = [];
  const pieces = new TextPieces(0, (bytes) => found.push(Buffer.from(bytes)));
  const walker = new RdbWalker(
    {
      entry: ({ key }: RdbEntry) => keys.push(key.toString()),
      entryPart: ({ key, buffer, valueStart, valueEnd }, index, isLast) => {
        if (index === 0) keys.push(key.toString());
        pieces.take(buffer, valueStart, valueEnd, isLast);
      },
    },
    { partBytes: () => mib },
  );
  let most = 0;
  let start = 0;
  for (let end = step; start < file.length; end = Math.min(file.length, end + step)) {
    if (end - start < walker.needBytes && end < file.length) continue;
    const next = walker.walk(file, start, end);
    most = Math.max(most, walker.needBytes);
    start = next;
  }
  walker.finish();
  expect(keys).toEqual(['long', 'next']);
  expect(Buffer.concat(found).equals(text)).toBe(true);
  expect(most).toBeLessThanOrEqual(mib + 64);
});
