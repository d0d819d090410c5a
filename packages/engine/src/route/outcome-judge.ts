import type { BatchJudge } from '../ship/batch-judge.ts';
import { followBatch } from '../ship/follow-batch.ts';
import type { KeyRepair } from '../ship/key-repair.ts';
import type { Batch } from '../write/batch.ts';
import type { ItemError, Outcome } from './group-sender.ts';

/** Judges what the nodes of a cluster answered to a batch, and keeps the keys that are read anew up with it. */
export class OutcomeJudge {
  /** Errors of commands up to there may come of running them again, unless they are run once only. */
  repeatedUntil: number;
  readonly #judge: BatchJudge;
  readonly #repair: KeyRepair;

  constructor(judge: BatchJudge, repair: KeyRepair, repeatedUntil: number) {
    this.#judge = judge;
    this.#repair = repair;
    this.repeatedUntil = repeatedUntil;
  }

  /** Returns how many keys of a full sync are not on the target. Throws what the batch was refused for. */
  async judge(batch: Batch, outcome: Outcome): Promise<number> {
    const { errors, refused } = outcome;
    if (refused) throw this.#judge.refused(batch, { element: refused.item.element, error: refused.error });
    const isStream = batch.checkpoint?.phase === 'stream';
    const real = isStream ? this.#ofStream(batch, outcome, await this.#isUnsure(batch)) : errors;
    if (real.length === 0) return 0;
    return this.#judge.judgeAll(
      batch,
      real.map(({ item, error }) => ({ element: item.element, error })),
    );
  }

  /** A batch that was late, or became so, is sure only if no node has dropped a key. */
  async #isUnsure({ probes, trusts, startedAtMs }: Batch): Promise<boolean> {
    if (probes === 'all' || !(trusts || this.#repair.isLate(startedAtMs))) return false;
    return !(await this.#repair.isQuiet());
  }

  #ofStream(batch: Batch, { errors, zeros, missing }: Outcome, isUnsure: boolean): ItemError[] {
    const elements = errors.map(({ item: { element }, error }) => ({ element, error }));
    const passed = errors.flatMap(({ item, isSure }) => (isSure ? item.element : []));
    const excused = followBatch(batch, this.#repair, { errors: elements, zeros, isUnsure, missing, passed });
    return errors.filter(({ item, isSure }) => {
      if (batch.isRepair(item.element)) return true;
      return (isSure || item.isOnce || item.mark > this.repeatedUntil) && !excused?.has(item.element);
    });
  }
}
