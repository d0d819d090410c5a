const minute = 60_000;

/** How far back the charts look, and the width of one point. At most some thousand points each. */
export const ranges = {
  '15m': { ms: 15 * minute, step: 1 },
  '1h': { ms: 60 * minute, step: 5 },
  '6h': { ms: 360 * minute, step: 30 },
  '24h': { ms: 1440 * minute, step: 120 },
  '7d': { ms: 10_080 * minute, step: 600 },
} as const;
export type Range = keyof typeof ranges;
export const rangeNames = Object.keys(ranges) as Range[];
