import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromCommandInfo } from './from-command-info.ts';
import { keyPositions, writtenKeyPositions } from './key-positions.ts';
import { commandOf } from './lookup.ts';

const argv = (text: string) => text.split(' ').map((word) => Buffer.from(word === '""' ? '' : word));

describe('key positions', () => {
  test.each<[string, number[], number[]]>([
    ['SET k v', [1], [1]],
    ['GET k', [1], []],
    ['DEL a b c', [1, 2, 3], [1, 2, 3]],
    ['MSET a 1 b 2', [1, 3], [1, 3]],
    ['RENAME a b', [1, 2], [1, 2]],
    ['COPY a b REPLACE', [1, 2], [2]],
    ['ZUNIONSTORE d 2 a b WEIGHTS 1 2', [1, 3, 4], [1]],
    ['BITOP AND d a b', [2, 3, 4], [2]],
    ['SORT k STORE a LIMIT 0 store GET store STORE d', [1, 10], [10]],
    ['SORT k BY STORE GET x', [1], []],
    ['GEORADIUS k 1 2 3 m STORE a STOREDIST b', [1, 7, 9], [7, 9]],
    ['MIGRATE h 1 k 0 100 REPLACE', [3], [3]],
    ['MIGRATE h 1 "" 0 100 AUTH keys KEYS a b', [9, 10], [9, 10]],
    ['XREADGROUP GROUP STREAMS c STREAMS a b 1 2', [5, 6], []],
    ['XREAD COUNT 1 STREAMS a b c 1 2 3', [4, 5, 6], []],
    ['EVAL x 2 a b c', [3, 4], [3, 4]],
    ['EVAL x 0', [], []],
    ['LMPOP 2 a b LEFT', [2, 3], [2, 3]],
    ['XGROUP CREATE k g 0', [2], [2]],
    ['MSETEX 2 a 1 b 2 NX', [2, 4], [2, 4]],
    ['PING', [], []],
    ['FLUSHALL', [], []],
    ['SWAPDB 0 1', [], []],
  ])('%s', (text, keys, written) => {
    expect(keyPositions(argv(text))).toEqual(keys);
    expect(writtenKeyPositions(argv(text))).toEqual(written);
  });

  test.each([
    'SET k',
    'GET',
    'GET a b',
    'EVAL x 3 a b',
    'EVAL x -1 a',
    'EVAL x 1e9 a',
    'LMPOP 99999999999 a LEFT',
    'NOSUCH a b',
  ])('%s has none that count: the server refuses it', (text) => {
    expect(keyPositions(argv(text))).toEqual([]);
  });

  test('a command that was explained by a server is followed by first, last and step', () => {
    const spec = fromCommandInfo(['json.mget', -3, ['readonly'], 1, -2, 1]);
    expect(keyPositions(argv('json.mget a b c path'), spec)).toEqual([1, 2, 3]);
  });

  test('the given list is emptied and filled', () => {
    const list = [7, 8, 9];
    expect(keyPositions(argv('RENAME a b'), undefined, list)).toBe(list);
    expect(list).toEqual([1, 2]);
  });

  test('whatever the arguments are, positions lie within them, and written ones are among them', () => {
    const names = ['SORT', 'EVAL', 'XREAD', 'MIGRATE', 'ZUNIONSTORE', 'MSET', 'BITOP', 'GEORADIUS', 'XGROUP', 'LMPOP'];
    const word = fc.oneof(
      fc.constantFrom('STORE', 'KEYS', 'STREAMS', 'LIMIT', 'BY', 'CREATE', '', '-1', '2', '3', '999999999'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(word, { maxLength: 12 }), (name, words) => {
        const list = [name, ...words].map((text) => Buffer.from(text));
        const keys = keyPositions(list, commandOf(list));
        expect(keys.every((at) => at > 0 && at < list.length)).toBe(true);
        expect(writtenKeyPositions(list).every((at) => keys.includes(at))).toBe(true);
      }),
    );
  });
});
