import { describe, expect, test } from 'vitest';
import { expiryByTtl } from './expiry-by-ttl.ts';

const asked = [
  ['SELECT', 3],
  ['PTTL', 'a'],
  ['PTTL', 'b'],
];
const time = (micros: number) => [Buffer.from('1000'), Buffer.from(String(micros))];

describe('an expiry that is told as a time to live', () => {
  test.each([
    { at: 'within one millisecond', times: [1_100, 1_900, 2_050], first: [50, -1], again: [49, -1], is: [51, 0] },
    {
      at: 'when one passed while it was asked',
      times: [1_900, 2_050, 2_200],
      first: [50, -1],
      again: [49, -1],
      is: [51, 0],
    },
    {
      at: 'when it passed between two keys',
      times: [1_990, 2_010, 2_020],
      first: [50, 70],
      again: [50, 69],
      is: [52, 71],
    },
    { at: 'in its last moment', times: [1_100, 1_200, 1_300], first: [0, -2], again: [0, -2], is: [1, 0] },
    {
      at: 'when the server stood still',
      times: [1_000, 9_000, 30_000],
      first: [50, 70],
      again: [42, 62],
      is: [59, 79],
      isExact: false,
    },
  ])('$at', ({ times, first, again, is, isExact = true }) => {
    const expiries = is.map((ms) => (ms === 0 ? 0 : 1_000_000 + ms));
    const [before, between, behind] = times.map(time);
    const { commands, read } = expiryByTtl(asked);
    expect(commands.map(([name]) => name).join(' ')).toBe('TIME SELECT PTTL PTTL TIME SELECT PTTL PTTL TIME');
    const replies = [before, 'OK', ...first, between, 'OK', ...again, behind];
    expect(read(replies as never)).toEqual({ isExact, expiries });
  });
});
