import type { Judgement, Suspect } from '../check-types.ts';
import type { RoundContext } from '../first-round.ts';
import { findingsOf } from './big-differences.ts';
import { compareBigKey } from './compare-big-key.ts';

/**
 * Judges a key that is too big to be read at once. A part that differs may be a write in flight, so only what two looks
 * in a row find in the same way, with the same content on both sides, is a difference.
 */
export async function judgeBigKey(context: RoundContext, suspect: Suspect): Promise<Judgement> {
  const { source, target, rules, ttl, deps, input, bigLooks } = context;
  const now = () => deps.clock.now();
  const look = await compareBigKey({ source, target, rules, ttl, now, signal: input.signal }, suspect);
  const name = `${suspect.db} ${suspect.key.toString('latin1')}`;
  const before = bigLooks.get(name) ?? new Set<string>();
  const { differences } = look;
  const seen = { source: look.source, target: look.target, isExact: true, fingerprint: '' };
  bigLooks.delete(name);
  if (differences.found.length === 0) return { ...seen, verdict: 'equal', findings: [] };
  bigLooks.set(name, differences.ids());
  const lasting = differences.lasting(before);
  if (lasting.length > 0) return { ...seen, verdict: 'differs', findings: findingsOf(lasting, differences.isFull) };
  return { ...seen, verdict: 'moving', findings: findingsOf(differences.found, differences.isFull) };
}
