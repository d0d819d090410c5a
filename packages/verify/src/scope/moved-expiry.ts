import type { MigrationRules } from '@cacheferry/engine';
import type { Clock } from '@cacheferry/kernel';

/** What rules make of an expiry: the target's is `of(the source's)`, or an earlier one where it was capped before. */
export type MovedExpiry = { of: (sourceMs: number) => number; isCapped: boolean };

/** How the rules move expiries; `null` when they leave them. */
export function movedExpiry(rules: MigrationRules | null, clock: Clock): MovedExpiry | null {
  if (!rules?.changesExpiry) return null;
  return { of: (sourceMs) => rules.expiry(sourceMs, clock.now()), isCapped: rules.capsExpiry };
}
