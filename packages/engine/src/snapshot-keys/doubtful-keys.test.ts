import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Batch } from '../write/batch.ts';
import { DoubtRecord } from './doubt-record.ts';
import { DoubtfulKeys } from './doubtful-keys.ts';
import { SpilledIds } from './spilled-ids.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'doubts-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const id = fc.oneof(
  fc.nat(40).map((n) => `0:${n}`),
  fc.uint8Array({ maxLength: 3 }).map((bytes) => `1:${Buffer.from(bytes).toString('latin1')}`),
);

test('ids on the disk are a set like one in memory', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constantFrom('add' as const, 'delete' as const), id }),
      fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 1, max: 5 }) }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (list) => {
      const spilled = new SpilledIds(join(dir, 'ids'));
      const known = new Set<string>();
      const both = (change: (set: SpilledIds | Set<string>) => unknown) => [spilled, known].forEach(change);
      for (const step of list) {
        if (step.do === 'take') {
          const taken = spilled.take(step.count);
          expect(taken).toHaveLength(Math.min(step.count, known.size));
          for (const one of taken) expect(known.delete(one)).toBe(true);
        } else if (step.do === 'add') both((set) => set.add(step.id));
        else both((set) => set.delete(step.id));
        expect(spilled.size).toBe(known.size);
        expect(new Set(spilled.all())).toEqual(known);
      }
      spilled.clear();
    }),
    { numRuns: 100 },
  );
});

test('a hundred thousand take no more memory than those that are held, and all come back', () => {
  const count = 100_000;
  const doubts = new DoubtfulKeys(dir, 1_000);
  const nameOf = (n: number) => `0:user:${n}:with-a-name-of-some-length`;
  const before = usedBytes();
  for (let n = 0; n < count; n++) {
    doubts.mark(nameOf(n));
    if (n % 500 === 0) doubts.written();
  }
  for (let n = 0; n < count; n += 1_000) expect(doubts.has(nameOf(n))).toBe(true);
  expect(doubts.has('0:user:another')).toBe(false);
  // As texts in a set they take more than 10 MB.
  expect(usedBytes() - before).toBeLessThan(3_000_000);
  expect(doubts.size).toBe(count);
  const found = new Set<string>();
  while (doubts.size > 0)
    for (const one of doubts.page(700)) {
      found.add(one);
      doubts.settle(one);
    }
  expect(found.size).toBe(count);
  expect(readdirSync(dir)).toEqual([]);
});

test('a record that is written anew for a swap names all, by either name, and is never held as a whole', () => {
  const count = 100_000;
  const doubts = new DoubtfulKeys(dir, 1_000);
  const record = new DoubtRecord('record', doubts);
  const nameOf = (db: number, n: number) => `${db}:user:${n}:with-a-name-of-some-length`;
  for (let n = 0; n < count; n++) {
    doubts.mark(nameOf(n % 3, n));
    if (n % 500 === 0) doubts.written();
  }
  const batch = new Batch();
  batch.isSweeping = true;
  batch.swaps = [[0, 1]];
  batch.repairs = [{ first: 0, element: 0, id: nameOf(2, 2) }];
  const before = usedBytes();
  const seen = new Uint8Array(count * 3);
  let commands = 0;
  let most = 0;
  for (const [name, key, ...ids] of record.commandsFor(batch)) {
    expect([String(name), key]).toEqual([commands++ === 0 ? 'DEL' : 'SADD', 'record']);
    for (const id of ids) {
      const [db, , n] = String(id).split(':').map(Number) as [number, number, number];
      seen[n * 3 + db] = 1;
    }
    if (commands % 20 === 0) most = Math.max(most, usedBytes() - before);
  }
  expect(most).toBeLessThan(3_000_000);
  for (let n = 0; n < count; n++) {
    const dbs = n % 3 === 2 ? [0, 0, n === 2 ? 0 : 1] : [1, 1, 0];
    expect([...seen.subarray(n * 3, n * 3 + 3)]).toEqual(dbs);
  }
  expect([...record.commandsFor(new Batch())]).toEqual([]);
  doubts.clear();
});

test('of what a killed engine left nothing is taken, and nothing is left', () => {
  const killed = new DoubtfulKeys(dir, 1);
  for (const one of ['0:a', '0:b', '0:c']) killed.mark(one);
  expect(readdirSync(dir)).toHaveLength(1);
  const doubts = new DoubtfulKeys(dir, 1);
  expect(existsSync(join(dir, 'doubts.0'))).toBe(false);
  for (const one of ['0:x', '0:y']) doubts.mark(one);
  expect([...doubts.all()]).toEqual(['0:x', '0:y']);
});

test('the oldest place from which a key may differ is known, in memory and on the disk', () => {
  const doubts = new DoubtfulKeys(dir, 2);
  expect(doubts.oldest).toBeNull();
  const found = [
    [10, 'a'],
    [20, 'b'],
    [30, 'c'],
    [40, 'a'],
  ] as const;
  for (const [at, key] of found) {
    doubts.place = at;
    doubts.mark(`0:${key}`);
  }
  expect(doubts.oldest).toBe(10);
  doubts.settle('0:a');
  expect(doubts.oldest).toBe(20);
  doubts.settle('0:b');
  expect(doubts.page(1)).toEqual(['0:c']);
  expect(doubts.oldest).toBe(30);
  doubts.settle('0:c');
  expect(doubts.oldest).toBeNull();
});
