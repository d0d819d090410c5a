import type { Clock } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import { RunControl } from '../control/run-control.ts';
import { Limiter } from './limiter.ts';

/** A clock whose time passes only by sleeping. */
function steppingClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
}
const never = new AbortController().signal;

async function timeFor(control: RunControl, batches: number, keys: number, bytes: number): Promise<number> {
  const clock = steppingClock();
  const limiter = new Limiter(control, clock);
  for (let n = 0; n < batches; n++) await limiter.take(keys, bytes, never);
  return clock.monotonic();
}

describe('the limiter', () => {
  test.each([
    ['no limit', { rateKeys: 0, rateBytes: 0 }, 0, 1],
    ['keys', { rateKeys: 1000, rateBytes: 0 }, 9_000, 10_000],
    ['bytes', { rateKeys: 0, rateBytes: 10_000 }, 90_000, 100_000],
    ['the tighter of both', { rateKeys: 1000, rateBytes: 10_000 }, 90_000, 100_000],
  ])('100 batches of 100 keys and 10,000 bytes keep to %s', async (_, rates, atLeast, atMost) => {
    const took = await timeFor(new RunControl(rates), 100, 100, 10_000);
    expect(took).toBeGreaterThanOrEqual(atLeast);
    expect(took).toBeLessThanOrEqual(atMost);
  });

  test('a batch above the rate of a second passes and is paid for afterwards', async () => {
    expect(await timeFor(new RunControl({ rateKeys: 10, rateBytes: 0 }), 2, 100, 1)).toBeGreaterThanOrEqual(10_000);
  });

  test('a limit that is lifted lets the next one pass at once', async () => {
    const control = new RunControl({ rateKeys: 1, rateBytes: 0 });
    const clock = steppingClock();
    const limiter = new Limiter(control, clock);
    await limiter.take(1_000_000, 1, never);
    control.setRates({ rateKeys: 0 });
    await limiter.take(1, 1, never);
    expect(clock.monotonic()).toBe(0);
  });
});
