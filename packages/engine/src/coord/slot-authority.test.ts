import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Dispute, SlotAuthority } from './slot-authority.ts';
import { SlotJournal } from './slot-journal.ts';

const slot = 7;
const at = (offset: number, id = 'one') => ({ ids: new Set([id]), offset });
const mended = { replicationId: 'one', offset: 90 };
const cuts = new Map([
  ['a', { replicationId: 'one', offset: 50 }],
  ['b', { replicationId: 'one', offset: 80 }],
]);

let path = '';
let authority: SlotAuthority;
let stale: Record<string, number | null> = {};
let contained = 0;

const open = () =>
  new SlotAuthority(
    Array.from({ length: 10 }, () => 'a'),
    new SlotJournal(path),
  );
const only = (list: Dispute[]): Dispute => list[0] as Dispute;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'slots-')), 'slots.jsonl');
  authority = open();
  stale = {};
  contained = 0;
  for (const shard of ['a', 'b'])
    authority.join(shard, {
      dispatched: new Float64Array(10).fill(20),
      contained: () => contained,
      tell: (from) => {
        stale[shard] = from;
      },
    });
});

/** The slot moves from a to b, and is settled there. */
function move(): void {
  authority.admits(slot, 'b', at(40));
  authority.settle(only(authority.contested), 'b', cuts);
}

describe('a slot that rests', () => {
  test('is its owner’s', () => {
    expect(authority.isQuiet(slot, 'a')).toBe(true);
    expect(authority.admits(slot, 'a', at(1))).toBe(true);
  });

  test('comes into question when another shard speaks of it, for all shards and for a later run', () => {
    expect(authority.admits(slot, 'b', at(10))).toBe(false);
    expect(authority.admits(slot, 'a', at(11))).toBe(false);
    expect(stale).toEqual({ a: 11, b: 10 });
    expect(open().isContested(slot)).toBe(true);
  });
});

test('a slot whose move cannot be noted stays as it was: nothing of it is left out yet', () => {
  rmSync(path);
  mkdirSync(path);
  expect(() => authority.admits(slot, 'b', at(10))).toThrow();
  expect(authority.isContested(slot)).toBe(false);
  expect(stale).toEqual({});
  rmSync(path, { recursive: true });
  expect(authority.admits(slot, 'b', at(10))).toBe(false);
  expect(open().isContested(slot)).toBe(true);
});

describe('a slot in question', () => {
  test('is still when the target contains all that was sent of it', () => {
    const dispute = authority.contest(slot);
    expect(authority.isStill(dispute)).toBe(false);
    contained = 20;
    expect(authority.isStill(dispute)).toBe(true);
  });

  test('is not settled when another shard spoke of it behind the place where it was asked', () => {
    authority.admits(slot, 'b', at(10));
    authority.admits(slot, 'a', at(51));
    expect(authority.settle(only(authority.contested), 'b', cuts)).toBe(false);
    expect(authority.isContested(slot)).toBe(true);
  });

  test('is not settled by what was found before it came into question once more', () => {
    const before = authority.contest(slot);
    authority.settle(before, 'b', cuts);
    authority.goOn('b', at(90));
    expect(authority.settle(before, 'b', cuts)).toBe(false);
  });
});

describe('a slot that is settled on another shard', () => {
  test.each([
    ['old words of the new owner', 'b', 80, false],
    ['new words of the new owner', 'b', 81, true],
    ['old words of the old owner', 'a', 50, false],
  ] as const)('%s', (_, shard, offset, isTaken) => {
    move();
    expect(authority.admits(slot, shard, at(offset))).toBe(isTaken);
    expect(authority.isContested(slot)).toBe(false);
  });

  test('comes into question again by new words of the old owner, and by words of another history', () => {
    move();
    expect(authority.admits(slot, 'a', at(51))).toBe(false);
    expect(authority.isContested(slot)).toBe(true);
    authority.settle(only(authority.contested), 'b', new Map([...cuts, ['a', { replicationId: 'one', offset: 51 }]]));
    expect(authority.admits(slot, 'a', at(5, 'two'))).toBe(false);
    expect(authority.isContested(slot)).toBe(true);
  });

  test('is in question for a later run until its keys are written, and then that one’s too', () => {
    move();
    expect(open().isContested(slot)).toBe(true);
    authority.settled('b', mended);
    expect(stale).toEqual({ a: null, b: null });
    const later = open();
    expect(later.ownerOf(slot)).toBe('b');
    expect(later.admits(slot, 'a', at(50))).toBe(false);
    expect(later.isContested(slot)).toBe(false);
  });

  describe.each([
    ['in the same run', () => authority],
    ['in a later run', () => open()],
  ])('is told apart by where its owner goes on, %s', (_, find) => {
    test.each([
      ['behind where its keys were written anew', at(91), false],
      ['just there: the target may have been there before', at(90), true],
      ['before it: the target has lost them', at(60), true],
      ['in another history', at(91, 'two'), true],
      ['in the middle of a full sync', at(Number.NEGATIVE_INFINITY), true],
    ])('%s', (__, from, isContested) => {
      move();
      authority.settled('b', mended);
      const now = find();
      now.goOn('b', from);
      expect(now.isContested(slot)).toBe(isContested);
    });
  });

  test('is not in question when its owner begins a new full sync, which brings its keys', () => {
    move();
    authority.settled('b', mended);
    authority.begin('b');
    authority.goOn('b', at(5, 'two'));
    expect(authority.isContested(slot)).toBe(false);
  });

  test.each([
    ['b', 79, true],
    ['b', 80, false],
    ['a', 49, true],
    ['a', 50, false],
  ] as const)('when the history of %s goes on elsewhere at %i', (shard, offset, isContested) => {
    move();
    authority.settled('b', mended);
    authority.branch(shard, offset);
    expect(authority.isContested(slot)).toBe(isContested);
  });
});
