import type { MovedExpiry } from './scope/moved-expiry.ts';

/** How much two expiry times may differ, in ms, and what rules make of the source's. */
export type TtlRule = { toleranceMs: number; moved?: MovedExpiry | null };

/** Whether two expiries are the same within the tolerance; −1 is none. */
export function isSameExpiry(source: number, target: number, { toleranceMs }: TtlRule): boolean {
  if (source < 0 || target < 0) return source < 0 && target < 0;
  return Math.abs(source - target) <= toleranceMs;
}

/** Whether the target's expiry of a key is the one that the source's should have become. */
export function isRightExpiry(source: number, target: number, ttl: TtlRule): boolean {
  if (!ttl.moved || source < 0 || target < 0) return isSameExpiry(source, target, ttl);
  const expected = ttl.moved.of(source);
  return isSameExpiry(expected, target, ttl) || (ttl.moved.isCapped && target < expected);
}
