import type { PreflightRow } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { mergeRows } from './merge-rows.ts';

const row = (id: string, machineId?: string, over: Partial<PreflightRow> = {}): PreflightRow => ({
  id,
  scope: 'pair',
  status: 'pass',
  observed: '',
  expected: '',
  message: '',
  fix: '',
  overridable: false,
  ...(machineId === undefined ? {} : { machineId }),
  ...over,
});

test.each([
  { name: 'one machine', machines: 1, rows: [row('x')], shown: [['x', 'pass', []]] },
  { name: 'two that say the same', machines: 2, rows: [row('x', 'a'), row('x', 'b')], shown: [['x', 'pass', []]] },
  {
    name: 'one that has not answered yet',
    machines: 2,
    rows: [row('x', 'a')],
    shown: [['x', 'pass', ['a']]],
  },
  {
    name: 'two that differ, and one that says the same as the first',
    machines: 3,
    rows: [row('x', 'a'), row('x', 'b', { status: 'fail' }), row('x', 'c')],
    shown: [
      ['x', 'pass', ['a', 'c']],
      ['x', 'fail', ['b']],
    ],
  },
  {
    name: 'the same answer with other facts',
    machines: 2,
    rows: [row('x', 'a', { facts: { free: 1 } }), row('x', 'b', { facts: { free: 2 } })],
    shown: [
      ['x', 'pass', ['a']],
      ['x', 'pass', ['b']],
    ],
  },
])('rows of $name', ({ machines, rows, shown }) =>
  expect(mergeRows(rows, machines).map(({ id, status, machineIds }) => [id, status, machineIds])).toEqual(shown),
);

test('answers to the same question stand together', () => {
  const rows = [row('x', 'a'), row('y', 'a'), row('x', 'b', { status: 'warn' }), row('y', 'b')];
  expect(mergeRows(rows, 2).map(({ id, machineIds }) => [id, machineIds])).toEqual([
    ['x', ['a']],
    ['x', ['b']],
    ['y', []],
  ]);
});

test('a merged row stands for every one that it was made of', () =>
  expect(mergeRows([row('x', 'a'), row('x', 'b')], 2)[0]?.keys).toEqual(['x pair a', 'x pair b']));
