import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from './encode/byte-writer.ts';
import { Cursor } from './cursor.ts';
import { LayoutWalk } from './layout-walk.ts';
import { layoutOf } from './value-layout.ts';

const lengths = fc.oneof(fc.nat(80), fc.constantFrom(63, 64, 16_383, 16_384, 70_000));
const text = fc.oneof(
  lengths.map((size) => new ByteWriter().string(Buffer.alloc(size, 'x')).bytes),
  fc.constantFrom('c07f', 'c1ff7f', 'c2ffffff7f', 'c3040541424344').map((hex) => Buffer.from(hex, 'hex')),
);
const length = fc
  .constantFrom('00', '3f', '4001', '7fff', '8000010000', '810000000100000000')
  .map((hex) => Buffer.from(hex, 'hex'));
const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });

/** Types whose bodies are plain, with what one round of them holds. */
const kinds: [name: string, type: number, head: string, round: fc.Arbitrary<readonly Uint8Array[]>][] = [
  ['a list', 1, '', fc.tuple(text)],
  ['a hash', 4, '', fc.tuple(text, text)],
  ['a sorted set', 5, '', fc.tuple(text, eight)],
  ['a quicklist', 18, '', fc.tuple(length, text)],
  ['a hash with expiries', 24, '0000000000000000', fc.tuple(length, text, text)],
];

describe('a plain body', () => {
  test.each(kinds)('of %s is skimmed to where its steps end, wherever it is cut', (_, type, head, round) => {
    const layout = layoutOf(type, 'REDIS') as NonNullable<ReturnType<typeof layoutOf>>;
    expect(layout.plain.some((body) => body !== undefined)).toBe(true);
    fc.assert(
      fc.property(fc.array(round, { maxLength: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), (rounds, where) => {
        const value = Buffer.concat([Buffer.from(head, 'hex'), Buffer.from([rounds.length]), ...rounds.flat()]);
        const cut = Math.floor(where * value.length);
        const walked = [undefined, () => {}].map((listener) => {
          const [walk, cursor] = [new LayoutWalk(), new Cursor()];
          walk.open(layout);
          const places = [cut, value.length].map((end) => {
            cursor.open(value, cursor.at, end);
            return [walk.run(cursor, listener), cursor.at, cursor.needEnd > end ? cursor.needEnd : 0];
          });
          return places;
        });
        expect(walked[0]).toEqual(walked[1]);
        expect(walked[0]?.[1]).toEqual([true, value.length, expect.anything()]);
      }),
    );
  });

  test('that is damaged is said to be at the same place', () => {
    const value = Buffer.from(`03${'0161'}${'ff'}`, 'hex');
    const layout = layoutOf(1, 'REDIS') as NonNullable<ReturnType<typeof layoutOf>>;
    const errors = [undefined, () => {}].map((listener) => {
      const [walk, cursor] = [new LayoutWalk(), new Cursor()];
      walk.open(layout);
      cursor.open(value, 0, value.length);
      try {
        return walk.run(cursor, listener);
      } catch (error) {
        return (error as { facts: unknown }).facts;
      }
    });
    expect(errors[0]).toEqual(errors[1]);
    expect(errors[0]).toMatchObject({ offset: 4 });
  });
});
