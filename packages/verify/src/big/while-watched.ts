import type { KeyRef } from '../check-types.ts';
import { placeOnTarget } from '../scope/place-on-target.ts';
import type { Side } from '../side.ts';
import { both } from './compare-parts.ts';
import type { BigContext } from './compare-big-key.ts';

/** Whether a key was written on either side while it was looked at; `unknown` where WATCH is not allowed. */
export type Stillness = 'still' | 'moved' | 'unknown';

/** Does a piece of work on a key, and tells whether the key stood still meanwhile. */
export async function whileWatched<T>(
  { source, target, rules }: Pick<BigContext, 'source' | 'target' | 'rules'>,
  ref: KeyRef,
  work: () => Promise<T>,
): Promise<{ result: T; stillness: Stillness }> {
  const places = { source: ref, target: placeOnTarget(rules, ref) };
  const sides: [Side, Side] = [source, target];
  const watched = await both(sides, async (side) => {
    const { db, key } = places[side.role];
    const [, reply] = await side.read.pipeline([
      ['SELECT', db],
      ['WATCH', key],
    ]);
    return String(reply) === 'OK';
  });
  // Also where the work fails: nobody else is to find the connection watching.
  const end = () => both(sides, (side) => isUntouched(side, places[side.role].key));
  const result = await work().catch(async (error: unknown) => {
    await end();
    throw error;
  });
  const untouched = await end();
  const stillness = !watched.every(Boolean) ? 'unknown' : untouched.every(Boolean) ? 'still' : 'moved';
  return { result, stillness };
}

/** A transaction is given up when a watched key was written. */
async function isUntouched(side: Side, key: Buffer): Promise<boolean> {
  const replies = await side.read.pipeline([['MULTI'], ['TYPE', key], ['EXEC']]);
  return Array.isArray(replies.at(-1));
}
