import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ZstdFrames } from './zstd-frames.ts';

const fixtures = path.resolve(import.meta.dirname, '../../../../apps/ferry/test/fixtures');
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** One byte of zeros, and a checksum, which the frames only tell. */
const small = hex('28b52ffd 04 00 0b0000 00 aabbccdd');
const skipped = hex('502a4d18 03000000 010203');

function take(bytes: Buffer, stepBytes: number): void {
  const frames = new ZstdFrames({ block: () => {}, sum: () => {} });
  for (let at = 0; at < bytes.length; at += stepBytes) frames.take(bytes.subarray(at, at + stepBytes));
}

const refused: readonly (readonly [title: string, frame: Buffer, facts: object])[] = [
  ['a window of 128 MiB and an eighth', hex('28b52ffd 00 89 010000'), { number: 150_994_944 }],
  ['a window of 2 GiB', hex('28b52ffd 00 a8 010000'), { number: 2_147_483_648 }],
  ['a single segment of 4 GiB', hex('28b52ffd e0 0000000001000000 010000'), { number: 4_294_967_296 }],
  ['a single segment of 200 MiB', hex('28b52ffd a0 0000800c 010000'), { number: 209_715_200 }],
  ['a dictionary', hex('28b52ffd 01 00 07 010000'), { what: 'a zstd dictionary, number', number: 7 }],
];
const fronts: readonly (readonly [title: string, front: Buffer])[] = [
  ['at the begin', Buffer.alloc(0)],
  ['behind another frame', small],
  ['behind frames, and bytes to skip', Buffer.concat([small, skipped, small])],
];

const rows = refused.flatMap(([title, frame, facts]) =>
  fronts.map(([where, front]) => [title, where, Buffer.concat([front, frame, Buffer.alloc(20)]), facts] as const),
);

describe.each([1, 7, 1_024])('zstd frames that come %d bytes at a time', (stepBytes) => {
  test.each(rows)('%s %s is refused before it is unpacked', (_title, _where, bytes, facts) => {
    expect(() => take(bytes, stepBytes)).toThrow(
      expect.objectContaining({ code: 'rdb.unsupported', facts: expect.objectContaining(facts) }),
    );
  });

  test.each(['rdb-full.rdb.zst', 'two-frames.rdb.zst', 'cut.rdb.zst'])('%s is let through', (name) => {
    expect(() => take(readFileSync(path.join(fixtures, name)), stepBytes)).not.toThrow();
  });

  test('blocks and checksums are told as they come', () => {
    const told: unknown[] = [];
    const frames = new ZstdFrames({
      block: ({ isLast, hasSum }) => told.push([isLast, hasSum]),
      sum: (value) => told.push(value),
    });
    const bytes = Buffer.concat([small, skipped, hex('28b52ffd 00 00 020000 61 010000'), small]);
    for (let at = 0; at < bytes.length; at += stepBytes) frames.take(bytes.subarray(at, at + stepBytes));
    const one = [[true, true], 0xddccbbaa];
    expect(told).toEqual([...one, [false, false], [true, false], ...one]);
  });

  test('what is no frame is left to the unpacker', () => {
    expect(() => take(Buffer.concat([small, hex('00112233445566778899')]), stepBytes)).not.toThrow();
  });
});
