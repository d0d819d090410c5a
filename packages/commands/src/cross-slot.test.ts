import { expect, test } from 'vitest';
import rows from '../data/commands.json' with { type: 'json' };
import { toCommandSpec } from './command-spec.ts';
import { crossSlotHandling } from './cross-slot.ts';

const argv = (text: string) => text.split(' ').map((word) => Buffer.from(word));

test.each([
  ['DEL a b', 'split'],
  ['MSETNX a 1 b 2', 'split'],
  ['SMOVE a b m', 'move-member'],
  ['RENAMENX a b', 'copy-key'],
  ['COPY a b', 'copy-key'],
  ['COPY a b DB 3', 'database'],
  ['COPY a b REPLACE db 3', 'database'],
  ['COPY db b', 'copy-key'],
  ['RPOPLPUSH a b', 'move-element'],
  ['ZUNIONSTORE d 2 a b', 'destination'],
  ['SORT a STORE b', 'destination'],
  ['EVALSHA x 2 a b', 'script'],
  ['MULTI', 'transaction'],
  ['FUNCTION LOAD x', 'all-nodes'],
  ['SWAPDB 0 1', 'database'],
  ['FLUSHDB', 'flush'],
  ['SPUBLISH c m', 'publish'],
  ['SET a 1', 'none'],
  ['NOSUCH a b', 'none'],
])('%s: %s', (text, handling) => {
  expect(crossSlotHandling(argv(text))).toBe(handling);
});

/** Popping from the first list that is not empty is replicated as LPOP, ZPOPMIN … of one key. */
const replicatedAsOneKey = [
  'blpop',
  'brpop',
  'bzpopmin',
  'bzpopmax',
  'lmpop',
  'blmpop',
  'zmpop',
  'bzmpop',
  'xreadgroup',
  'migrate',
];

test('every writing command that can name several keys has a handling', () => {
  const without = rows
    .map((row) => toCommandSpec(row as Parameters<typeof toCommandSpec>[0]))
    .filter((spec) => spec.isWrite && spec.keys.length > 0 && spec.keyAt === 0)
    .filter((spec) => crossSlotHandling([], spec) === 'none')
    .map((spec) => spec.name);
  expect(without.sort()).toEqual(replicatedAsOneKey.sort());
});
