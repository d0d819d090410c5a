import { heldTime } from '@cacheferry/engine';
import { FerryError } from '@cacheferry/kernel';
import type { Judgement, Suspect } from '../check-types.ts';
import type { RoundContext } from '../first-round.ts';
import { isFollowedAtWork, type JudgeDeps, waitUntilLevel } from '../judge-batch.ts';
import { notThere } from '../read-keys.ts';
import { findingsOf } from './big-differences.ts';
import { type BigLook, compareBigKey } from './compare-big-key.ts';

/** What a server says of a key that became another, or went, while it was looked at. */
const changed = /^WRONGTYPE|^NOGROUP|^ERR no such key/;

/**
 * Judges a key that is too big to be read at once. A part that differs may be a write in flight, so only what two looks
 * in a row find in the same way, with the same content on both sides, is a difference; where a migration follows the
 * source, the second look waits until the target has what the source had at the first.
 */
export async function judgeBigKey({ bigLooks }: RoundContext, suspect: Suspect, deps: JudgeDeps): Promise<Judgement> {
  const name = `${suspect.db} ${suspect.key.toString('latin1')}`;
  const before = bigLooks.get(name) ?? new Set<string>();
  bigLooks.delete(name);
  await waitUntilLevel(deps);
  const look = await lookAt(deps, suspect);
  if (!look)
    return { source: notThere, target: notThere, isExact: true, fingerprint: '', verdict: 'moving', findings: [] };
  const { differences } = look;
  const seen = { source: look.source, target: look.target, isExact: true, fingerprint: '' };
  if (differences.found.length === 0) return { ...seen, verdict: 'equal', findings: [] };
  bigLooks.set(name, differences.ids());
  const lasting = differences.lasting(before);
  if (lasting.length > 0) return { ...seen, verdict: 'differs', findings: findingsOf(lasting, differences.isFull) };
  return { ...seen, verdict: 'moving', findings: findingsOf(differences.found, differences.isFull) };
}

/** Null when the key became another, or went, meanwhile. */
async function lookAt(deps: JudgeDeps, suspect: Suspect): Promise<BigLook | null> {
  const { clock, target } = deps;
  const isAtWork = await isFollowedAtWork(deps);
  // An expiry that a migration holds back is right while it is at work.
  const release = (atMs: number) => (isAtWork && heldTime(atMs, clock.now() + target.clockOffsetMs)) || atMs;
  try {
    return await compareBigKey({ ...deps, release, now: () => clock.now() }, suspect);
  } catch (error) {
    const reason = error instanceof FerryError && error.code === 'endpoint.command_failed' && error.facts.reason;
    if (changed.test(String(reason))) return null;
    throw error;
  }
}
