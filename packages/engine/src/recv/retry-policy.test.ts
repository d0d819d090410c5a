import { type ErrorCode, FerryError } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import { RetryPolicy } from './retry-policy.ts';

const error = (code: ErrorCode) => new FerryError(code, { endpoint: 'h:1' });

function policy(isResuming: boolean) {
  let now = 0;
  const clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  const made = new RetryPolicy({ isResuming, clock, random: () => 1 });
  return { made, pass: (ms: number) => (now += ms) };
}

describe('trying a source again', () => {
  test.each<[ErrorCode, boolean, boolean]>([
    ['endpoint.unreachable', false, false],
    ['endpoint.unreachable', true, true],
    ['dns.failed', false, false],
    ['endpoint.auth_failed', false, false],
    ['endpoint.auth_failed', true, false],
    ['endpoint.loading', false, true],
    ['source.not_primary', false, true],
    ['endpoint.protocol', false, false],
    ['internal.unexpected', true, false],
  ])('before the first contact %s (resuming: %s) is tried again: %s', (code, isResuming, isTried) => {
    const { made, pass } = policy(isResuming);
    pass(10);
    expect(made.next(error(code)) !== null).toBe(isTried);
  });

  test.each<[ErrorCode, number]>([
    ['endpoint.loading', 600_000],
    ['source.not_primary', 60_000],
  ])('%s is not waited for longer than %d ms when nothing was ever received', (code, patienceMs) => {
    const { made, pass } = policy(false);
    pass(patienceMs);
    expect(made.next(error(code))).not.toBeNull();
    pass(1);
    expect(made.next(error(code))).toBeNull();
  });

  test('after the first contact it goes on for ever, with pauses that double up to 30 s and begin anew with progress', () => {
    const { made, pass } = policy(false);
    made.contact();
    pass(10_000_000);
    const pauses = Array.from({ length: 9 }, () => made.next(error('endpoint.link_lost')));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    made.progress();
    expect(made.next(error('endpoint.auth_failed'))).toBe(500);
  });

  test('bytes that cannot be right five times in a row are the end', () => {
    const { made } = policy(false);
    made.contact();
    const tries = Array.from({ length: 5 }, () => made.next(error('stream.invalid')) !== null);
    expect(tries).toEqual([true, true, true, true, false]);
  });
});
