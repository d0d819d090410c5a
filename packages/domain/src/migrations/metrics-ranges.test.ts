import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseStep, metricsRanges, thin } from './metrics-ranges.ts';

const now = 2_000_000_040;
const hour = 3600;

describe('the stored rows of a series', () => {
  test.each([
    ['a fine one of the last minutes', 1, now - 600, [{ step: 1, from: now - 600, to: now }]],
    ['a coarse one', 60, now - 48 * hour, [{ step: 60, from: now - 48 * hour, to: now }]],
    [
      'a fine one of many hours',
      1,
      now - 2 * hour,
      [
        { step: 10, from: now - 2 * hour, to: now - 900 },
        { step: 1, from: now - 900, to: now },
      ],
    ],
  ])('for %s', (_, step, from, ranges) => {
    expect(metricsRanges(step, from, now, now)).toEqual(ranges);
  });

  test('cover the time asked for without a hole or an overlap', () => {
    const second = fc.integer({ min: now - 40 * 24 * hour, max: now });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), second, second, (step, a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a + 1];
        const ranges = metricsRanges(step, from, to, now);
        expect(ranges[0]?.from).toBe(from);
        expect(ranges.at(-1)?.to).toBe(to);
        ranges.slice(1).forEach((range, index) => expect(range.from).toBe(ranges[index]?.to));
      }),
    );
  });
});

test('a step that would give too many points grows', () => {
  expect(chooseStep(1, 0, 4000)).toBe(1);
  expect(chooseStep(1, 0, 30 * 24 * hour)).toBe(519);
});

test('a point is the mean of the rates, the worst lag and the last count of its time', () => {
  const row = { keysPerSecond: 1, bytesPerSecond: 2, keysDone: 1, lagBytes: null, lagMs: 5, rssBytes: 9 };
  const rows = [
    { ...row, at: 10 },
    { ...row, at: 14, keysPerSecond: 3, keysDone: 7, lagMs: 2 },
    { ...row, at: 20 },
  ];
  expect(thin(rows, 10)).toEqual([
    { at: 10, keysPerSecond: 2, bytesPerSecond: 2, keysDone: 7, lagBytes: null, lagMs: 5, rssBytes: 9 },
    { ...row, at: 20 },
  ]);
});
