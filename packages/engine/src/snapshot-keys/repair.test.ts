import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { DoubtfulKeys, swapped } from './doubtful-keys.ts';
import type { KeySnapshot } from './fetch-snapshots.ts';
import { type KeyId, keyOf } from './key-id.ts';
import { PendingSnapshots } from './pending-snapshots.ts';

const dir = mkdtempSync(join(tmpdir(), 'repair-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A data set of texts, with commands of the shapes that matter: changing, replacing, combining, moving, removing. */
type Data = Map<KeyId, string>;
type Step =
  | { do: 'append' | 'set'; key: KeyId; text: string }
  | { do: 'del'; key: KeyId }
  | { do: 'rename' | 'copy'; from: KeyId; to: KeyId }
  | { do: 'join'; from: KeyId; with: KeyId; to: KeyId }
  | { do: 'flush'; db: number | null }
  | { do: 'swap' };

const key = fc.constantFrom('0:a', '0:b', '0:c', '1:a', '1:b');
const text = fc.constantFrom('x', 'y', 'z');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('append', 'set'), key, text }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('del'), key }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('rename', 'copy'), from: key, to: key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('join'), from: key, with: key, to: key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush'), db: fc.constantFrom(0, 1, null) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'swap' } as const) },
);

function put(data: Data, id: KeyId, value: string | undefined): void {
  if (value === undefined || value === '') data.delete(id);
  else data.set(id, value);
}

function run(data: Data, command: Step): void {
  switch (command.do) {
    case 'append':
      return put(data, command.key, (data.get(command.key) ?? '') + command.text);
    case 'set':
      return put(data, command.key, command.text);
    case 'del':
      return put(data, command.key, undefined);
    case 'join':
      return put(data, command.to, (data.get(command.from) ?? '') + (data.get(command.with) ?? ''));
    case 'flush':
      for (const id of [...data.keys()]) if (command.db === null || keyOf(id).db === command.db) data.delete(id);
      return;
    case 'swap':
      return swap(data);
    default:
      return move(data, command);
  }
}

function move(data: Data, command: Step & { do: 'rename' | 'copy' }): void {
  const value = data.get(command.from);
  if (value === undefined || command.from === command.to) return;
  if (command.do === 'rename') data.delete(command.from);
  put(data, command.to, value);
}

function swap(data: Data): void {
  const moved = [...data].map(([id, value]): [KeyId, string] => [swapped(id, 0, 1), value]);
  data.clear();
  for (const [id, value] of moved) data.set(id, value);
}

const useOf = (command: Step): { reads: KeyId[]; writes: KeyId[] } => {
  switch (command.do) {
    case 'append':
      return { reads: [command.key], writes: [command.key] };
    case 'rename':
      return { reads: [command.from], writes: [command.from, command.to] };
    case 'copy':
      return { reads: [command.from], writes: [command.to] };
    case 'join':
      return { reads: [command.from, command.with], writes: [command.to] };
    default:
      return { reads: [], writes: [] };
  }
};

/** A shipper that is behind its source, and a target that drops keys by itself as expiry does. */
class Shipper {
  readonly target: Data = new Map();
  readonly doubts: DoubtfulKeys;
  readonly pending = new PendingSnapshots();
  at = 0;

  constructor(maxHeld: number) {
    this.doubts = new DoubtfulKeys(dir, maxHeld);
  }

  ship(command: Step): void {
    this.write(this.pending.takeBefore(this.at + 1));
    const use = useOf(command);
    for (const id of use.reads) if (!this.target.has(id)) this.doubts.mark(id);
    this.doubts.follow(use);
    run(this.target, command);
    if (command.do === 'flush') this.doubts.flush(command.db);
    if (command.do === 'swap') this.doubts.swap(0, 1);
    if (command.do === 'flush' || command.do === 'swap') this.pending.drop();
    this.at++;
  }

  write(due: readonly KeySnapshot[]): void {
    for (const { id, payload } of due) {
      put(this.target, id, payload?.toString());
      this.doubts.settle(id);
    }
  }

  /** `source`: what the source has after each command. */
  repair(source: readonly Data[], offset: number): void {
    if (this.doubts.size === 0 || this.pending.nextDue < Number.POSITIVE_INFINITY) return;
    const data = source[offset] as Data;
    const keys = this.doubts.page(2).map((id) => {
      const value = data.get(id);
      return { id, payload: value === undefined ? null : Buffer.from(value), expireAtMs: 0 };
    });
    expect(this.pending.offer({ offset, replicationId: 'r', keys }, this.at)).toBe(true);
    this.write(this.pending.takeUpTo(this.at));
  }
}

test.each([
  ['in memory', 1_000, 2_000],
  ['on the disk but for one', 1, 300],
])('whatever keys a target drops, it comes out equal, the doubtful ones being %s', (_, maxHeld, numRuns) => {
  const log = fc.array(fc.record({ step, drops: fc.array(key, { maxLength: 2 }), ahead: fc.nat(9) }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(log, (entries) => {
      const data: Data = new Map();
      const states: Data[] = [new Map()];
      for (const entry of entries) {
        run(data, entry.step);
        states.push(new Map(data));
      }
      const shipper = new Shipper(maxHeld);
      for (const { step: command, drops, ahead } of entries) {
        // A key that expires while a later command is on its way is looked at before that command, or it is gone for good.
        for (const id of drops) if (useOf(command).reads.includes(id)) shipper.target.delete(id);
        shipper.ship(command);
        shipper.repair(states, Math.min(entries.length, shipper.at + ahead));
      }
      while (shipper.doubts.size > 0) {
        shipper.write(shipper.pending.takeUpTo(shipper.at));
        shipper.repair(states, entries.length);
      }
      expect([...shipper.target].sort()).toEqual([...data].sort());
    }),
    { numRuns },
  );
});

test('snapshots that are older than what is shipped are refused', () => {
  const pending = new PendingSnapshots();
  expect(pending.offer({ offset: 10, replicationId: 'r', keys: [] }, 11)).toBe(false);
  expect(pending.nextDue).toBe(Number.POSITIVE_INFINITY);
});

test('what has come into doubt is told until it is written down, and what was recalled is not told again', () => {
  const doubts = new DoubtfulKeys(dir);
  doubts.recall(['0:old']);
  doubts.mark('0:a');
  doubts.mark('0:old');
  expect(doubts.unwritten).toEqual(['0:a']);
  doubts.written();
  doubts.follow({ reads: ['0:a'], writes: ['1:b'] });
  expect(doubts.unwritten).toEqual(['1:b']);
  doubts.settle('0:a');
  expect([...doubts.all()]).toEqual(['0:old', '1:b']);
});
