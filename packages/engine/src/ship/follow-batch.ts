import { keyId } from '../snapshot-keys/key-id.ts';
import type { Batch } from '../write/batch.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import type { Committed } from '../write/commit-lane.ts';
import { judgeDoubts, missingKeys } from './judge-doubts.ts';
import type { KeyRepair } from './key-repair.ts';

const none: ReadonlySet<number> = new Set();

/**
 * What came of a batch. `isUnsure`: keys may have expired before it that nobody asked for · `missing`: keys that were found
 * missing beside · `passed`: elements that could not be run any more.
 */
export type Followed = Committed & { isUnsure: boolean; missing: readonly Buffer[]; passed: readonly number[] };

/**
 * Keeps the doubtful keys up with a batch that a target has run; returns elements that failed because of them. Null: it
 * has to do with none. `refuseSpilled` is called when its commands are not at hand any more.
 */
export function followBatch(
  batch: Batch,
  repair: KeyRepair,
  outcome: Followed,
  refuseSpilled?: () => never,
): Set<number> | null {
  const { doubts } = repair;
  const { errors, zeros, isUnsure } = outcome;
  const { seenAt } = batch.checkpoint as Checkpoint;
  doubts.place = seenAt;
  const missing = missingIn(batch, repair, outcome);
  const isTold = batch.hasProbes && zeros.some((element) => batch.markOf(element) < 0);
  const isAny = isUnsure || isTold || missing.size + batch.dirty.size + doubts.size > 0;
  if (!isAny) return null;
  if (batch.isSpilled) refuseSpilled?.();
  const failed = new Set(errors.map(({ element }) => element));
  const excused = judgeDoubts(batch, doubts, { zeros: new Set(zeros), missing, failed, isUnsure });
  // One server has recorded them in the transaction of the batch.
  if (!repair.isCluster) doubts.recall(batch.dirty);
  else for (const id of batch.dirty) doubts.mark(id);
  repair.tell(seenAt);
  return excused;
}

/** The elements whose key was missing, as far as the source can be asked for it. */
function missingIn(
  batch: Batch,
  { doubts, canAskSource }: KeyRepair,
  { errors, zeros, missing, passed }: Followed,
): ReadonlySet<number> {
  if (!canAskSource || batch.isSpilled) return none;
  for (const key of missing) doubts.mark(keyId(0, key));
  const found = missingKeys(batch, { errors, zeros });
  for (const element of passed) found.add(element);
  return found;
}
