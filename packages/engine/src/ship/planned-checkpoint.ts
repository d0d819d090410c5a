import type { LostClass } from '@cacheferry/contract';
import type { Checkpoint } from '../write/checkpoint.ts';

/** The checkpoint of the batch that is built next: runs ahead of what the target has acknowledged. */
export class PlannedCheckpoint {
  /** Entries of the RDB before that place may be on the target by a batch whose replies were lost. */
  readonly doubtfulUntil: number;
  #now: Checkpoint;
  /** Where the next batch begins. */
  #reached: number;
  #reachedDb: number;

  constructor(start: Checkpoint) {
    this.#now = start;
    this.doubtfulUntil = start.phase === 'stream' ? 0 : start.at;
    this.#reached = start.phase === 'stream' ? start.at : start.seenAt;
    this.#reachedDb = start.db;
  }

  get now(): Checkpoint {
    return this.#now;
  }

  /** Moves on by a batch. In another phase positions count anew. */
  advance(to: { phase: Checkpoint['phase']; at: number; db: number; keys: number }): Checkpoint {
    const { phase, at, db, keys } = to;
    const isSame = phase === this.#now.phase;
    const seenAt = isSame ? this.#reached : at;
    // What an earlier attempt wrote stays doubtful until this one has passed it.
    const seenDb = isSame ? this.#reachedDb : db;
    const contained = isSame ? Math.max(at, this.#now.at) : at;
    this.#reached = at;
    this.#reachedDb = db;
    this.#now = { ...this.#now, phase, at: contained, db, seenAt, seenDb, keysDone: this.#now.keysDone + keys };
    return this.#now;
  }

  hold(isHolding: boolean): void {
    if (this.#now.isHolding !== isHolding) this.#now = { ...this.#now, isHolding };
  }

  rename(replicationId: string): void {
    this.#now = { ...this.#now, replicationId };
  }

  addLost(name: LostClass, count: number): void {
    this.#now = { ...this.#now, lost: { ...this.#now.lost, [name]: (this.#now.lost[name] ?? 0) + count } };
  }

  /** Keys that were counted with their batch but are not on the target. */
  takeBack(keys: number, skipped: number): void {
    const { keysDone, keysSkipped } = this.#now;
    this.#now = { ...this.#now, keysDone: keysDone - keys, keysSkipped: keysSkipped + skipped };
  }
}

/** The replication id of a shard that was never synced. */
export const noHistory = '?';

/** Where a task begins that has no checkpoint for the shard. */
export function firstCheckpoint(
  history: { replicationId: string; offset: number },
  phase: 'rdb' | 'resync',
): Checkpoint {
  return {
    replicationId: history.replicationId,
    phase,
    fullSyncOffset: history.offset,
    at: 0,
    seenAt: 0,
    seenDb: 0,
    db: 0,
    keysDone: 0,
    keysSkipped: 0,
    isHolding: false,
    lost: {},
  };
}
