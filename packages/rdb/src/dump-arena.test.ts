import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DumpArena } from './dump-arena.ts';
import { makeDumpPayload } from './dump-payload.ts';

test('makes the same payloads as JavaScript, at any place and of any length', () => {
  const arena = new DumpArena(200_000);
  const place = fc.nat({ max: 7 });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5_000 }),
      fc.nat({ max: 255 }),
      fc.nat({ max: 81 }),
      place,
      (body, type, version, at) => {
        arena.bytes.set(body, at);
        const to = 100_000 + at;
        const end = arena.payload(at, body.length, type | (version << 8), to);
        const wanted = makeDumpPayload(type, Buffer.from(body), version);
        expect(end - to).toBe(wanted.length);
        expect(arena.bytes.subarray(to, end).equals(wanted)).toBe(true);
      },
    ),
  );
});

test('writes bulk strings of any length at any place, and nothing beside them', () => {
  const arena = new DumpArena(200_000);
  const lengths = fc.oneof(fc.nat(120), fc.constantFrom(9, 10, 99, 100, 999, 1_000, 9_999, 10_000, 65_535));
  fc.assert(
    fc.property(lengths, fc.nat(7), (length, at) => {
      arena.bytes.fill(0x2e).fill(0x78, at, at + length);
      const digits = String(length).length;
      arena.bulk(at, length, digits, 100_000 + at);
      const wanted = `.$${length}\r\n${'x'.repeat(length)}\r\n.`;
      const from = 100_000 + at - 1;
      expect(arena.bytes.toString('latin1', from, from + wanted.length)).toBe(wanted);
    }),
  );
});

test('copies pieces of any length from and to any place, and nothing beside them', () => {
  const arena = new DumpArena(20_000);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.nat(7), fc.nat(7), (piece, from, to) => {
      arena.bytes.fill(0x2e).set(piece, from);
      arena.copy(from, piece.length, 10_000 + to);
      const before = 10_000 + to - 1;
      const wanted = Buffer.concat([Buffer.from('.'), piece, Buffer.from('.')]);
      expect(arena.bytes.subarray(before, before + wanted.length).equals(wanted)).toBe(true);
    }),
  );
});

test('two arenas of one size have memory of their own', () => {
  const [one, other] = [new DumpArena(1_000), new DumpArena(1_000)];
  one.bytes.fill(1);
  expect(other.bytes.every((byte) => byte === 0)).toBe(true);
});
