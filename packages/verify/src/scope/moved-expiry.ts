import type { MigrationRules } from '@cacheferry/engine';
import type { Clock } from '@cacheferry/kernel';

/** What rules make of an expiry: the target's is `of(the source's)`, or an earlier one where it was capped before. */
export type MovedExpiry = { of: (sourceMs: number) => number; isCapped: boolean };

/** How the rules move expiries; `null` when they leave them. */
export function movedExpiry(rules: MigrationRules | null, clock: Clock): MovedExpiry | null {
  if (!rules?.changesExpiry) return null;
  return { of: (sourceMs) => rules.expiry(sourceMs, clock.now()), isCapped: rules.capsExpiry };
}

/** So near to its end, a key may go on either side at any moment. */
export const nearMs = 10_000;

/**
 * What has become of a key on the target whose expiry the rules move ahead: `gone` although the source still has it, `going`
 * at about this time, or `there`.
 */
export function fateOnTarget(sourceMs: number, moved: MovedExpiry | null | undefined, nowMs: number) {
  if (sourceMs < 0 || !moved) return 'there';
  const endsAt = moved.of(sourceMs);
  return Math.abs(endsAt - nowMs) < nearMs ? 'going' : endsAt < nowMs ? 'gone' : 'there';
}
