import { judgeBigKey } from './big/judge-big-key.ts';
import { judgeBigScope } from './big/judge-big-scope.ts';
import { bigBytes, measure } from './big/measure.ts';
import type { Judgement, Suspect } from './check-types.ts';
import type { RoundContext } from './first-round.ts';
import { judgeBatch } from './judge-batch.ts';
import type { SuspectList } from './suspect-list.ts';

const most = { keys: 64, bytes: 33_554_432 };

/** Looks at every suspect again. `visit` is told what was found of each one. */
export async function laterRound(
  context: RoundContext,
  round: number,
  suspects: SuspectList,
  visit: (suspect: Suspect, judgement: Judgement) => Promise<void> | void,
): Promise<void> {
  const { progress, input } = context;
  progress.begin('looking_again', round, suspects.size);
  for (const batch of suspects.batches(most)) {
    input.signal.throwIfAborted();
    const { small, big } = await bySize(context, batch);
    const deps = judgeDeps(context, batch.db);
    for (const group of small) {
      const keys = group.map(({ key }) => key);
      const judgements = await judgeBatch(deps, keys);
      for (const [index, judgement] of judgements.entries()) await visit(group[index] as Suspect, judgement);
    }
    for (const suspect of big)
      await visit(suspect, (await judgeBigScope(context, suspect)) ?? (await judgeBigKey(context, suspect, deps)));
    progress.count(batch.suspects.length);
  }
}

/** What `judgeBatch` needs, for keys of one database. */
export function judgeDeps(context: RoundContext, db: number) {
  const { source, target, rules, input, deps, ttl, depth, appliedBefore, progress } = context;
  const { checkpointKey, signal } = input;
  const onWaiting = (lagBytes: number | null) => {
    if (progress.waitFor(lagBytes)) deps.log.info('Waiting until the target has what the source wrote', { lagBytes });
  };
  return { source, target, rules, db, depth, checkpointKey, ttl, clock: deps.clock, signal, appliedBefore, onWaiting };
}

/** Groups whose values can be held together, and keys whose values cannot be held at all. */
async function bySize(
  context: RoundContext,
  { db, suspects }: { db: number; suspects: Suspect[] },
): Promise<{ small: Suspect[][]; big: Suspect[] }> {
  if (context.depth !== 'value') return { small: [suspects], big: [] };
  await measure(context, db, suspects);
  const small: Suspect[][] = [];
  let held = most.bytes;
  for (const suspect of suspects.filter(({ bytes }) => bytes <= bigBytes)) {
    held += suspect.bytes;
    if (held > most.bytes) {
      small.push([]);
      held = suspect.bytes;
    }
    small.at(-1)?.push(suspect);
  }
  return { small, big: suspects.filter(({ bytes }) => bytes > bigBytes) };
}
