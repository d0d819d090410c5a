import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FrameFile } from './frame-file.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'frames-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test.each([
  ['none', []],
  ['empty ones', [0, 0, 0]],
  ['small ones', Array.from({ length: 5_000 }, (_, n) => n % 50)],
  ['one that ends at the edge of the buffer', [65_532, 1]],
  ['one that ends just behind it', [65_533, 65_529, 1]],
  ['larger ones between small ones', [3, 200_000, 0, 65_536, 65_537, 1, 1_000_000, 7]],
])('gives back %s as they came', (_name, sizes) => {
  const file = new FrameFile(join(dir, 'frames'));
  const bytes = (size: number, n: number) => Buffer.alloc(size, n % 251);
  sizes.forEach((size, n) => file.add(bytes(Math.floor(size / 3), n), bytes(size - Math.floor(size / 3), n)));
  let n = 0;
  for (const frame of file.frames()) {
    expect(frame.equals(bytes(sizes[n] as number, n))).toBe(true);
    n++;
  }
  expect(n).toBe(sizes.length);
  file.close();
  expect(readdirSync(dir)).toEqual([]);
});
