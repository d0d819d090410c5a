import type { BatchJudge } from '../ship/batch-judge.ts';
import { judgeDoubts } from '../ship/judge-doubts.ts';
import type { KeyRepair } from '../ship/key-repair.ts';
import type { Batch } from '../write/batch.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import type { ItemError, Outcome } from './group-sender.ts';

/** Judges what the nodes of a cluster answered to a batch, and keeps the keys that are read anew up with it. */
export class OutcomeJudge {
  /** Errors of commands up to there may come of running them again. */
  repeatedUntil: number;
  readonly #judge: BatchJudge;
  readonly #repair: KeyRepair;

  constructor(judge: BatchJudge, repair: KeyRepair, repeatedUntil: number) {
    this.#judge = judge;
    this.#repair = repair;
    this.repeatedUntil = repeatedUntil;
  }

  /** Returns how many keys of a full sync are not on the target. Throws what the batch was refused for. */
  async judge(batch: Batch, { errors, refused }: Outcome): Promise<number> {
    if (refused) throw this.#judge.refused(batch, { element: refused.item.element, error: refused.error });
    const isStream = batch.checkpoint?.phase === 'stream';
    const real = isStream ? this.#ofStream(batch, errors) : errors;
    if (real.length === 0) return 0;
    return this.#judge.judgeAll(
      batch,
      real.map(({ item, error }) => ({ element: item.element, error })),
    );
  }

  #ofStream(batch: Batch, errors: readonly ItemError[]): ItemError[] {
    const { doubts } = this.#repair;
    const isMending = doubts.size > 0 || batch.repairs.length > 0;
    const excused = isMending ? this.#doubt(batch, errors) : null;
    return errors.filter(({ item, isSure }) => {
      if (isSure || batch.isRepair(item.element)) return true;
      return item.mark > this.repeatedUntil && !excused?.has(item.element);
    });
  }

  /** Returns the elements that failed because a key of theirs is to be written anew. */
  #doubt(batch: Batch, errors: readonly ItemError[]): Set<number> {
    this.#repair.doubts.place = (batch.checkpoint as Checkpoint).seenAt;
    const failed = new Set(errors.map(({ item }) => item.element));
    const excused = judgeDoubts(batch, this.#repair.doubts, {
      zeros: new Set(),
      missing: new Set(),
      failed,
      isUnsure: false,
    });
    this.#repair.tell((batch.checkpoint as Checkpoint).seenAt);
    return excused;
  }
}
