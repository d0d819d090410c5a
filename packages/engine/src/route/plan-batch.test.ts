import { encodeCommand } from '@cacheferry/resp';
import { keySlot } from '@cacheferry/topology';
import { expect, test } from 'vitest';
import { Batch } from '../write/batch.ts';
import { BatchPlanner } from './plan-batch.ts';

const slotOf = (key: string) => keySlot(Buffer.from(key));

function plan(...commands: string[]) {
  const batch = new Batch();
  commands.forEach((words, at) => {
    batch.element(at + 1);
    batch.out.raw(encodeCommand(words.split(' ')));
  });
  const planner = new BatchPlanner({
    floorOf: (slot) => (slot === slotOf('contained') ? 100 : 0),
    onRewritten: () => {},
    onSplitTransaction: () => {},
    afterRepair: () => Buffer.alloc(0),
    noDatabase: () => new Error('no database'),
  });
  return planner.plan(batch);
}

test.each([
  ['INCR a', 'a', true],
  ['lpush {a}b x y', 'a', true],
  ['XADD a 1-1 f v', 'a', true],
  ['XGROUP CREATE a g 1-1', 'a', true],
  ['PEXPIREAT a 1', 'a', true],
  ['RENAME {a}b {a}c', 'a', true],
  ['SET a v', 'a', false],
  ['SET a v NX', 'a', true],
  ['ZADD a 1 m', 'a', false],
  ['ZADD a INCR 1 m', 'a', true],
  ['SORT a STORE {a}b', 'a', true],
])('%s goes to the slot of %s; with its checkpoint: %s', (command, key, isGuarded) => {
  expect(plan(command)).toMatchObject([{ groups: [{ slot: slotOf(key), isGuarded, mark: 1 }] }]);
});

test.each([
  ['keys in several slots', 'RENAME a b', 'copy-key'],
  ['a pattern that reads other keys', 'SORT a BY w_* STORE {a}b', 'destination'],
  ['a name that nobody knows', 'NEWER.COMMAND a', 'unknown'],
  ['a number of arguments that its table does not know', 'INCR a b', 'none'],
])('a command with %s stands alone', (_, command, handling) => {
  expect(plan(command)).toMatchObject([{ lone: { handling } }]);
});

test.each([['COPY a b DB 0'], ['COPY a b REPLACE db 0']])('%s is a copy within the only database', (command) => {
  expect(plan(command)).toMatchObject([{ lone: { handling: 'copy-key' } }]);
  const [step] = plan(command.replaceAll(' b ', ' {a}b '));
  const [item] = step && 'groups' in step ? (step.groups[0]?.items ?? []) : [];
  expect(String(item?.bytes)).not.toMatch(/db/i);
});

test.each([['COPY a b DB 1'], ['COPY a b REPLACE DB 1'], ['COPY a {a}b replace db 1'], ['MOVE a 1'], ['SWAPDB 0 1']])(
  '%s has no place',
  (command) => expect(() => plan(command)).toThrow('no database'),
);

test('a slot gets its commands in one group, guarded when one of them is, without what it contains', () => {
  expect(plan('SET a v', 'INCR contained', 'APPEND a w', 'SET b v')).toMatchObject([
    {
      groups: [
        { slot: slotOf('a'), isGuarded: true, mark: 3, items: [{ mark: 1 }, { mark: 3 }] },
        { slot: slotOf('b'), isGuarded: false, mark: 4 },
      ],
    },
  ]);
});

test('what is never run twice says so: what its slot notes, and what stands alone', () => {
  const items = plan('SET a v', 'INCR b', 'SET b v', 'RENAME a b').flatMap((step) =>
    'lone' in step ? [step.lone.item] : step.groups.flatMap((group) => group.items),
  );
  expect(items.map(({ isOnce }) => isOnce)).toEqual([false, true, false, true]);
});

test('behind a flush a slot contains nothing any more', () => {
  expect(plan('INCR contained', 'FLUSHALL', 'INCR contained')).toMatchObject([
    { lone: { handling: 'flush' } },
    { groups: [{ slot: slotOf('contained'), items: [{ mark: 3 }] }] },
  ]);
});
