import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeListpack } from '../../test/packed-encoders.ts';
import { countStreamNode } from './count-stream-node.ts';
import { readStreamNode } from './stream-entries.ts';

type Entry = { ms: bigint; seq: bigint; fields: string[]; isAlike: boolean; isDeleted: boolean };

const difference = fc.oneof(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), fc.bigInt({ min: -200n, max: 9_000n }));
const text = fc.oneof(fc.string({ maxLength: 70 }), fc.integer().map(String));
const node = fc.record({ names: fc.array(text, { maxLength: 4 }) }).chain(({ names }) =>
  fc
    .array(
      fc.record({
        ms: difference,
        seq: difference,
        isAlike: fc.boolean(),
        isDeleted: fc.boolean(),
        pairs: fc.array(fc.tuple(text, text), { maxLength: 3 }),
        values: fc.array(text, { minLength: names.length, maxLength: names.length }),
      }),
      { maxLength: 8 },
    )
    .map((entries) => ({
      names,
      entries: entries.map(
        ({ pairs, values, isAlike, ...rest }): Entry => ({ ...rest, isAlike, fields: isAlike ? values : pairs.flat() }),
      ),
    })),
);

/** The elements of a node, as a server writes them. */
function elementsOf({ names, entries }: { names: string[]; entries: Entry[] }): string[] {
  const deleted = entries.filter(({ isDeleted }) => isDeleted).length;
  const master = [entries.length - deleted, deleted, names.length, ...names, 0];
  const rest = entries.flatMap(({ ms, seq, fields, isAlike, isDeleted }) => [
    (isDeleted ? 1 : 0) + (isAlike ? 2 : 0),
    ms,
    seq,
    ...(isAlike ? fields : [fields.length / 2, ...fields]),
    fields.length + (isAlike ? 3 : 4),
  ]);
  return [...master, ...rest].map(String);
}

const packed = (elements: string[]) => makeListpack(elements.map((element) => Buffer.from(element)));

function counted(blob: Buffer): number {
  const around = Buffer.concat([Buffer.alloc(5, 0xff), blob, Buffer.alloc(9, 0)]);
  return countStreamNode(around, 5, 5 + blob.length);
}

function isRead(blob: Buffer): boolean {
  try {
    readStreamNode(Buffer.alloc(16), blob, { streamEntry: () => {} } as never, 0);
    return true;
  } catch {
    return false;
  }
}

test('a node as servers write it is sound', () => {
  fc.assert(
    fc.property(node, (made) => {
      const elements = elementsOf(made);
      expect(counted(packed(elements))).toBe(elements.length);
    }),
  );
});

test('a node with another element, or one less or more, is sound only when it can be read', () => {
  const change = fc.constantFrom('other', 'less', 'more');
  fc.assert(
    fc.property(node, fc.nat(), change, fc.oneof(fc.nat(9).map(String), text), (made, at, how, element) => {
      const elements = elementsOf(made);
      const place = at % elements.length;
      elements.splice(place, how === 'more' ? 0 : 1, ...(how === 'less' ? [] : [element]));
      const blob = packed(elements);
      if (counted(blob) >= 0) expect(isRead(blob)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

const whole = ['1', '0', '1', 'f', '0', '2', '0', '0', 'v', '4'];
test.each([
  ['as it should be', {}, true],
  ['more entries than there are', { 0: '2' }, false],
  ['fewer entries than there are', { 0: '0' }, false],
  ['a count below none', { 0: '2', 1: '-1' }, false],
  ['more names than there are', { 2: '9' }, false],
  ['flags that are no number', { 5: 'x' }, false],
  ['a difference that is no number', { 6: 'x' }, false],
  ['another length backwards', { 9: '5' }, false],
  ['fields of its own that are not there', { 5: '0' }, false],
])('a node with %s', (_, changes, isSound) => {
  const elements = Object.assign([...whole], changes);
  expect(counted(packed(elements)) >= 0).toBe(isSound);
});
