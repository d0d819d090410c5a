import type { Judgement, Suspect } from '../check-types.ts';
import type { RoundContext } from '../first-round.ts';
import { notThere } from '../read-keys.ts';
import { placeOnTarget } from '../scope/place-on-target.ts';
import { factsOfKeys, verdictByTime } from '../scope/value-scope.ts';

/** Judges a big key by the rules alone, where they say that it should not be on the target or time has changed that; else null. */
export async function judgeBigScope(
  { source, target, rules, deps }: RoundContext,
  { db, key }: Suspect,
): Promise<Judgement | null> {
  if (!rules?.hasValues) return null;
  const nowMs = () => deps.clock.now() + source.clockOffsetMs;
  const [facts] = await factsOfKeys(rules, { source, db, nowMs }, [key]);
  if (!facts) return null;
  const place = placeOnTarget(rules, { db, key });
  const [, type] = await target.read.pipeline([
    ['SELECT', place.db],
    ['TYPE', place.key],
  ]);
  const isOnTarget = String(type) !== 'none';
  const scope = { isNow: rules.takesValue(facts, nowMs()), took: rules.tookValue(facts, nowMs()) };
  const held = isOnTarget ? { ...notThere, type: String(type) } : notThere;
  const seen = { source: notThere, target: held, isExact: false };
  const verdict = scope.took === 'no' && !isOnTarget ? 'equal' : verdictByTime(scope, isOnTarget);
  if (verdict) return { ...seen, verdict, findings: [], fingerprint: '' };
  if (scope.took !== 'no') return null;
  const extra = { class: 'extra' as const, message: 'The key is only on the target' };
  return { ...seen, verdict: 'differs', findings: [extra], fingerprint: 'out of scope' };
}
