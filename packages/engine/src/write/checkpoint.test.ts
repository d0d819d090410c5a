import { LostClass } from '@cacheferry/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';

const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const checkpoint: fc.Arbitrary<Checkpoint> = fc.record({
  replicationId: fc.stringMatching(/^[0-9a-f]{40}$/),
  phase: fc.constantFrom('rdb', 'resync', 'stream'),
  fullSyncOffset: whole,
  at: whole,
  seenAt: whole,
  seenDb: fc.nat(),
  db: fc.nat(),
  keysDone: whole,
  keysSkipped: whole,
  isHolding: fc.boolean(),
  lost: fc.dictionary(fc.constantFrom(...LostClass.options), whole, { noNullPrototype: true }),
});

describe('the checkpoint', () => {
  test('reads back what was written', () => {
    fc.assert(
      fc.property(checkpoint, (value) => {
        expect(parseCheckpoint(formatCheckpoint(value), 'target')).toEqual(value);
      }),
    );
  });

  test('without the database of what was seen is read as one that was seen whole', () => {
    expect(parseCheckpoint('abc:500:3:stream:100:450:7:0:1:module=2', 'target')).toMatchObject({
      at: 500,
      seenAt: 500,
      db: 3,
      seenDb: 3,
      isHolding: true,
      lost: { module: 2 },
    });
  });

  test.each([
    ['nothing', ''],
    ['a cut one', 'abc:5:0:stream:0'],
    ['a number beyond 2^53', 'abc:99999999999999999999:0:stream:0:0:0:0:'],
    ['another phase', 'abc:5:0:later:0:0:0:0:'],
  ])('refuses %s instead of starting somewhere else', (_, text) => {
    expect(() => parseCheckpoint(text, 'target')).toThrowError(expect.objectContaining({ code: 'checkpoint.corrupt' }));
  });
});
