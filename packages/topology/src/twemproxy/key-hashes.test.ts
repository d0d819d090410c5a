import type { HashName } from '@cacheferry/importer';
import { expect, test } from 'vitest';
import { keyHashes } from './key-hashes.ts';

const keys = ['foo', 'user:{42}:7', 'a{}2', 'клюв3'];

// As twemproxy 0.5.0 on x86-64 computes them.
test.each([
  ['fnv1a_64', [4275688823, 2955054681, 461264286, 1257133212]],
  ['fnv1_64', [1805727027, 3336604793, 4215424600, 4039666058]],
  ['fnv1a_32', [2851307223, 1987004825, 1771302686, 1005834140]],
  ['fnv1_32', [1083137555, 554085049, 3349454264, 1312757674]],
  ['crc32', [3187, 9029, 10300, 13135]],
  ['crc32a', [2356372769, 2739243719, 2822545136, 860844278]],
  ['crc16', [205303702, 1665577654, 4158091147, 1161632206]],
  ['md5', [3675831724, 3553278167, 743075291, 1069181270]],
  ['one_at_a_time', [596015325, 2198966621, 2646367503, 3975949142]],
] satisfies [HashName, number[]][])('%s', (name, expected) => {
  const hash = keyHashes[name];
  expect(keys.map((key) => hash(Buffer.from(key), 0, Buffer.byteLength(key)))).toEqual(expected);
});

test.each(Object.keys(keyHashes) as HashName[])(
  '%s hashes a key in the middle of other bytes as it does alone',
  (name) => {
    const hash = keyHashes[name];
    for (let length = 1; length <= 30; length++) {
      const key = Buffer.from(Array.from({ length }, (_, at) => (at * 151 + length * 89) & 0xff));
      const inside = Buffer.concat([Buffer.from('ab\xff', 'latin1'), key, Buffer.from('\xffcd', 'latin1')]);
      expect(hash(inside, 3, 3 + length)).toBe(hash(key, 0, length));
    }
  },
);
