import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StreamIds } from './stream-ids.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ids-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test.each([0, 1, 2, 4_095, 4_096, 4_097, 20_000])('of %i ids each is found, and none beside them', (count) => {
  const ids = new StreamIds(join(dir, 'ids'));
  const idOf = (n: number) => `${2n ** 63n + BigInt(Math.floor(n / 3))}-${(n % 3) * 2}`;
  for (let n = 0; n < count; n++) ids.add(idOf(n));
  const places = [0, 1, 2, 3, 4_094, 4_095, 4_096, 8_191, 8_192, count - 2, count - 1, 5, 0];
  for (const n of places) if (n >= 0) expect(ids.has(idOf(n))).toBe(n < count);
  for (const n of places)
    if (n >= 0) expect(ids.has(idOf(n).replace(/\d$/, (last) => String(Number(last) + 1)))).toBe(false);
  for (const far of ['0-0', '0-1', `${2n ** 64n - 1n}-${2n ** 64n - 1n}`]) expect(ids.has(far)).toBe(false);
  ids.close();
  expect(readdirSync(dir)).toEqual([]);
});
