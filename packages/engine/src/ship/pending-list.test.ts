import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PendingList } from './pending-list.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pending-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const idOf = (ms: bigint, sequence: bigint): Buffer => {
  const id = Buffer.alloc(16);
  id.writeBigUInt64BE(ms, 0);
  id.writeBigUInt64BE(sequence, 8);
  return id;
};
const nth = (n: number, beside = 0n) => idOf(2n ** 63n + BigInt(Math.floor(n / 3)), BigInt((n % 3) * 2) + beside);

test.each([0, 1, 2, 511, 512, 513, 20_000])('of %i entries each is found, and none beside them', (count) => {
  const list = new PendingList(join(dir, 'list'), 0);
  for (const round of [1, 2]) {
    list.clear();
    for (let n = 0; n < count; n++) list.add(nth(n), { deliveredAtMs: 1.7e12 + n, deliveries: n * round });
    const places = [0, 1, 2, 3, 510, 511, 512, 1_023, 1_024, count - 2, count - 1, 5, 0].filter((n) => n >= 0);
    for (const n of places) {
      const found = n < count ? { deliveredAtMs: 1.7e12 + n, deliveries: n * round } : null;
      expect(list.find(nth(n))).toEqual(found);
      expect(list.find(nth(n, 1n))).toBe(null);
    }
    for (const far of [idOf(0n, 0n), idOf(2n ** 64n - 1n, 2n ** 64n - 1n)]) expect(list.find(far)).toBe(null);
  }
  list.close();
  expect(readdirSync(dir)).toEqual([]);
});

test.each([
  [2, 1],
  [1, 1],
])('%i before %i is damage', (first, second) => {
  const list = new PendingList(join(dir, 'list'), 7);
  const delivery = { deliveredAtMs: 1, deliveries: 1 };
  list.add(nth(first), delivery);
  expect(() => list.add(nth(second), delivery)).toThrow(expect.objectContaining({ code: 'rdb.corrupt' }));
  list.close();
});
