import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FerryError } from '@cacheferry/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SlotJournal, type SlotRecord } from './slot-journal.ts';

const contested = (slot: number): SlotRecord => ({ kind: 'contested', slot });
const settled = (slot: number): SlotRecord => ({
  kind: 'settled',
  slot,
  shard: 'b',
  cuts: [['a', { replicationId: 'one', offset: 5 }]],
});

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(dir, 'slots.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function open(): SlotJournal {
  const journal = new SlotJournal(path);
  journal.load();
  return journal;
}

function thrown(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}

describe('the journal of slots', () => {
  test.each([
    ['the half of a line', '{"kind":"settled","slo'],
    ['a line without its end', JSON.stringify(settled(9))],
    ['zeros, as a crash of the machine leaves', '\0\0\0\0'],
    ['the half of a character', Buffer.from('{"kind":"é').subarray(0, 10)],
  ])('%s at its end is no record, and nothing is written behind it', (_, torn) => {
    open().add([contested(1)]);
    appendFileSync(path, torn);
    const next = new SlotJournal(path);
    expect(next.load()).toEqual([contested(1)]);
    next.add([settled(2)]);
    expect(new SlotJournal(path).load()).toEqual([contested(1), settled(2)]);
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(contested(1))}\n${JSON.stringify(settled(2))}\n`);
  });

  test('a line that could not be written whole is cut off before the next one', () => {
    const journal = open();
    journal.add([contested(1)]);
    appendFileSync(path, '{"kind":"cont');
    journal.add([contested(2)]);
    expect(open().load()).toEqual([contested(1), contested(2)]);
  });

  test('a record behind a torn one in the same line is found', () => {
    appendFileSync(path, `{"kind":"settled","slo${JSON.stringify(contested(3))}\n`);
    expect(new SlotJournal(path).load()).toEqual([contested(3)]);
  });

  test('a restart replaces all, torn lines too', () => {
    appendFileSync(path, '{"kind":"cont');
    const journal = open();
    journal.restart([settled(4)]);
    journal.add([contested(5)]);
    expect(open().load()).toEqual([settled(4), contested(5)]);
  });

  test('a disk without room is told as that', () => {
    symlinkSync('/dev/full', path);
    const error = thrown(() => new SlotJournal(path).add([contested(1)]));
    expect((error as FerryError).code).toBe('host.disk_full');
  });
});
