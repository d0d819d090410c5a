import { expect, test } from 'vitest';
import { spreadShards } from './spread-shards.ts';

const places = (...hosts: string[]) => hosts.map((host, at) => ({ id: `s${at}`, host }));
const groupsOf = (shares: ReadonlyMap<string, number>, of: number) =>
  Array.from({ length: of }, (_, at) =>
    [...shares]
      .filter(([, share]) => share === at + 1)
      .map(([id]) => id)
      .sort(),
  );

test.each([
  [
    'one host: its shards one by one',
    places('a', 'a', 'a', 'a', 'a', 'a'),
    2,
    [
      ['s0', 's2', 's4'],
      ['s1', 's3', 's5'],
    ],
  ],
  [
    'as many hosts as shares: each host as a whole',
    places('a', 'b', 'a', 'b'),
    2,
    [
      ['s0', 's2'],
      ['s1', 's3'],
    ],
  ],
  [
    'hosts of different size, evenly',
    places('a', 'a', 'a', 'b', 'c', 'd'),
    2,
    [
      ['s0', 's1', 's2'],
      ['s3', 's4', 's5'],
    ],
  ],
  ['more shares than shards: some get none', places('a', 'b'), 3, [['s0'], ['s1'], []]],
])('%s', (_, given, of, expected) => {
  expect(groupsOf(spreadShards(given, of), of)).toEqual(expected);
  expect(spreadShards([...given].reverse(), of)).toEqual(spreadShards(given, of));
});
