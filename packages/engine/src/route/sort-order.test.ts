import { describe, expect, test } from 'vitest';
import { inOrder, lookedUp, parseSort, readsByPattern } from './sort-order.ts';

const argvOf = (text: string) => text.split(' ').map((word) => Buffer.from(word));
const order = (form: string, found: readonly (readonly [string, string | null])[]) => {
  const [type = '', text = ''] = form.split(': ');
  const weighed = found.map(([element, weight]) => ({
    element: Buffer.from(element),
    weight: weight === null ? null : Buffer.from(weight),
  }));
  return (
    inOrder(weighed, parseSort(argvOf(text)), type)
      ?.map(String)
      .join(' ') ?? null
  );
};

describe('what SORT stores', () => {
  const three = [
    ['1', '30'],
    ['2', '4'],
    ['3', null],
  ] as const;
  test.each([
    ['by numbers, none counting as 0', 'list: SORT k BY w:* STORE d', three, '3 2 1'],
    ['the other way round', 'list: SORT k BY w:* DESC STORE d', three, '1 2 3'],
    ['by texts, none before all', 'list: SORT k BY w:* ALPHA STORE d', three, '3 1 2'],
    ['a part of it', 'list: SORT k BY w:* LIMIT 1 1 STORE d', three, '2'],
    ['from a place on', 'list: SORT k BY w:* LIMIT 1 -1 STORE d', three, '2 1'],
    ['nothing, from behind the end on', 'list: SORT k BY w:* LIMIT 9 1 STORE d', three, ''],
    [
      'elements of equal weight by their bytes',
      'set: SORT k BY w:* STORE d',
      [
        ['b', '1'],
        ['a', '1'],
      ],
      'a b',
    ],
    [
      'no order that is known',
      'set: SORT k BY w:* ALPHA STORE d',
      [
        ['b', '1'],
        ['a', '1'],
      ],
      null,
    ],
    [
      'the same element twice',
      'list: SORT k BY w:* ALPHA STORE d',
      [
        ['b', '1'],
        ['b', '1'],
      ],
      'b b',
    ],
    ['a list as it is', 'list: SORT k BY nosort GET w:* STORE d', three, '1 2 3'],
    ['a sorted set turned round', 'zset: SORT k BY nosort DESC GET w:* STORE d', three, '3 2 1'],
    [
      'a set in the order of its texts',
      'set: SORT k BY nosort GET w:* STORE d',
      [
        ['b', null],
        ['a', null],
      ],
      'a b',
    ],
    [
      'without bounds',
      'list: SORT k BY w:* STORE d',
      [
        ['a', 'inf'],
        ['b', '-inf'],
        ['c', '1e3'],
      ],
      'b c a',
    ],
  ] as const)('%s', (_, form, found, expected) => {
    expect(order(form, found)).toBe(expected);
  });

  test.each([
    ['w:*', 'w:7', null],
    ['h:*->f', 'h:7', 'f'],
    ['*->f*', '7', 'f*'],
    ['a->*', 'a->7', null],
    ['h:*->', 'h:7->', null],
  ])('the key for the element 7 by %s', (pattern, key, field) => {
    const found = lookedUp(Buffer.from(pattern), Buffer.from('7'));
    expect([String(found?.key), found?.field?.toString() ?? null]).toEqual([key, field]);
  });

  test.each([
    ['SORT k STORE d', false],
    ['SORT k BY nosort GET # STORE d', false],
    ['SORT k BY w:* STORE d', true],
    ['SORT k GET # GET n:* STORE d', true],
    ['SORT k LIMIT 0 1 STORE *', false],
  ])('whether it reads other keys: %s', (text, expected) => {
    expect(readsByPattern(argvOf(text))).toBe(expected);
  });
});
