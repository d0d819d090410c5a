import { describe, expect, test } from 'vitest';
import { RecentKeys } from './recent-keys.ts';

const key = Buffer.from('key');

/** None is known yet to be recent. */
function fresh(): RecentKeys {
  const recent = new RecentKeys();
  recent.clear();
  return recent;
}

/** The stream goes on for so long, a piece each 100 ms. */
function goOn(recent: RecentKeys, fromMs: number, forMs: number): number {
  for (let at = fromMs; at <= fromMs + forMs; at += 100) recent.pass(at);
  return fromMs + forMs;
}

describe('keys that were built up', () => {
  test('are told apart by name and database', () => {
    const recent = fresh();
    recent.note(3, Buffer.from('a key'), 2, 5);
    expect(recent.has(3, key)).toBe(true);
    expect(recent.has(2, key)).toBe(false);
    expect(recent.has(3, Buffer.from('kez'))).toBe(false);
  });

  test('are recent as long as they are built up within the span, and are forgotten after two', () => {
    const recent = fresh();
    let now = goOn(recent, 0, 1_900);
    recent.note(0, key);
    now = goOn(recent, now, 2_000);
    expect(recent.has(0, key)).toBe(true);
    goOn(recent, now, 4_100);
    expect(recent.has(0, key)).toBe(false);
  });

  test('are not forgotten over a silence: what comes behind it may have been run before it', () => {
    const recent = fresh();
    recent.pass(0);
    recent.note(0, key);
    for (const at of [60_000, 120_000, 180_000]) recent.pass(at);
    expect(recent.has(0, key)).toBe(true);
  });

  test('are not forgotten earlier for a clock that is set back', () => {
    const recent = fresh();
    recent.pass(10_000);
    recent.note(0, key);
    for (let at = 0; at < 50; at++) recent.pass(at % 2 === 0 ? 5_000 : 4_900);
    expect(recent.has(0, key)).toBe(true);
  });

  test('are all of them after a start, until two spans of the stream have passed', () => {
    const recent = new RecentKeys();
    expect(recent.has(0, key)).toBe(true);
    const now = goOn(recent, 0, 3_900);
    expect(recent.has(0, key)).toBe(true);
    goOn(recent, now, 500);
    expect(recent.has(0, key)).toBe(false);
  });
});
