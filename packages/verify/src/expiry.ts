/** How much two expiry times may differ, in ms. */
export type TtlRule = { toleranceMs: number };

/** Whether two expiries are the same within the tolerance; −1 is none. */
export function isSameExpiry(source: number, target: number, { toleranceMs }: TtlRule): boolean {
  if (source < 0 || target < 0) return source < 0 && target < 0;
  return Math.abs(source - target) <= toleranceMs;
}
