import { heldTime } from '@cacheferry/engine';
import { FerryError } from '@cacheferry/kernel';
import type { Judgement, Suspect } from '../check-types.ts';
import type { RoundContext } from '../first-round.ts';
import { isFollowedAtWork, type JudgeDeps, waitUntilLevel } from '../judge-batch.ts';
import { notThere } from '../read-keys.ts';
import { type BigDifference, findingsOf, idOf } from './big-differences.ts';
import { type BigLook, compareBigKey } from './compare-big-key.ts';
import { type Stillness, whileWatched } from './while-watched.ts';

/** What a server says of a key that became another, or went, while it was looked at. */
const changed = /^WRONGTYPE|^NOGROUP|^ERR no such key/;

/** So often a difference that was found among writes is looked at again at once. */
const moreLooks = 2;

type Seen = BigLook & { stillness: Stillness };

/**
 * Judges a key that is too big to be read at once. A part that differs may be a write in flight, so only what two looks
 * in a row find in the same way, with the same content on both sides, is a difference; where a migration follows the
 * source, the second look waits until the target has what the source had at the first.
 */
export async function judgeBigKey({ bigLooks }: RoundContext, suspect: Suspect, deps: JudgeDeps): Promise<Judgement> {
  const name = `${suspect.db} ${suspect.key.toString('latin1')}`;
  const before = bigLooks.get(name) ?? new Set<string>();
  bigLooks.delete(name);
  const look = await lookAt(deps, suspect);
  if (!look)
    return { source: notThere, target: notThere, isExact: true, fingerprint: '', verdict: 'moving', findings: [] };
  const { differences } = look;
  const seen = { source: look.source, target: look.target, isExact: true, fingerprint: '' };
  if (differences.found.length === 0) return { ...seen, verdict: 'equal', findings: [] };
  bigLooks.set(name, differences.ids());
  const lasting = await confirmed(look, before, () => lookAt(deps, suspect));
  if (lasting.length > 0) return { ...seen, verdict: 'differs', findings: findingsOf(lasting, differences.isFull) };
  return { ...seen, verdict: 'moving', findings: findingsOf(differences.found, differences.isFull) };
}

/** What of a look's differences has lasted, writes that went on beside it or not. */
async function confirmed(
  { differences, stillness, source }: Seen,
  before: ReadonlySet<string>,
  again: () => Promise<Seen | null>,
): Promise<BigDifference[]> {
  let lasting = differences.lasting(before);
  if (stillness !== 'moved') return lasting;
  // Items of a list change places: what stands at an index proves nothing, above all where values are few.
  if (source.type === 'list') return [];
  // An element that changes to and fro can be caught in the same way twice.
  for (let n = 0; n < moreLooks && lasting.length > 0; n++) {
    const found = new Set((await again())?.differences.ids());
    lasting = lasting.filter((difference) => found.has(idOf(difference)));
  }
  return lasting;
}

/** Null when the key became another, or went, meanwhile. */
async function lookAt(deps: JudgeDeps, suspect: Suspect): Promise<Seen | null> {
  await waitUntilLevel(deps);
  const { clock, target } = deps;
  const isAtWork = await isFollowedAtWork(deps);
  // An expiry that a migration holds back is right while it is at work.
  const release = (atMs: number) => (isAtWork && heldTime(atMs, clock.now() + target.clockOffsetMs)) || atMs;
  const context = { ...deps, release, now: () => clock.now() };
  try {
    const { result, stillness } = await whileWatched(deps, suspect, () => compareBigKey(context, suspect));
    return { ...result, stillness };
  } catch (error) {
    const reason = error instanceof FerryError && error.code === 'endpoint.command_failed' && error.facts.reason;
    if (changed.test(String(reason))) return null;
    throw error;
  }
}
