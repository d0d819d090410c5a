import type { LostClass, ShardPhase } from '@cacheferry/contract';
import type { ErrorCode } from '@cacheferry/kernel';

/** What one shard of a run has done so far, as the target acknowledged it. */
export class ShardTally {
  phase: ShardPhase = 'connecting';
  keysDone = 0;
  keysSkipped = 0;
  /** Keys that the source announced; null while unknown. */
  keysTotal: number | null = null;
  /** Bytes of the RDB that are contained in the target. */
  rdbBytesDone = 0;
  commandsDone = 0;
  bytesOut = 0;
  /** Stream offset that is contained in the target; null before the stream. */
  offset: number | null = null;
  /** Stream offset that the newest batch reaches, whether it is in or not. */
  sentOffset: number | null = null;
  /** Stream offset up to which everything read is in batches or holds no data (heartbeats); null while it is not. */
  quietOffset: number | null = null;
  /** Stream offset behind which the target may differ, although it contains more: keys there are being mended. */
  doubtfulFrom: number | null = null;
  /** Stream offset from which on commands were left out, whose slots moved and are not settled yet. */
  staleFrom: number | null = null;
  /** Whether a full sync of this process is not yet caught up with. */
  isCopying = false;
  /** Messages that the source published and that were not passed on. */
  messages = 0;
  lost: Partial<Record<LostClass, number>> = {};
  /** Commands whose keys lie in several slots of the target, by what was done with them. */
  rewritten: Record<string, number> = {};
  /** Keys of the full sync that lie on a server that is not theirs. */
  strays = 0;
  /** Where in the RDB the last of them was. */
  #strayAt = -1;

  /** A new full sync voids what was done before. */
  restart(): void {
    this.keysDone = 0;
    this.keysSkipped = 0;
    this.keysTotal = null;
    this.rdbBytesDone = 0;
    this.offset = null;
    this.sentOffset = null;
    this.quietOffset = null;
    this.doubtfulFrom = null;
    this.lost = {};
    this.strays = 0;
    this.#strayAt = -1;
  }

  /** Counts a stray key, once however often it is read. Returns whether it is the first. */
  addStray(at: number): boolean {
    if (at <= this.#strayAt) return false;
    this.#strayAt = at;
    return this.strays++ === 0;
  }

  /** Stream offset behind which there is data that the target does not contain; null before the stream. */
  get containedOffset(): number | null {
    if (this.staleFrom !== null && this.offset !== null)
      return Math.min(this.offset, this.staleFrom - 1, this.doubtfulFrom ?? this.offset);
    if (this.doubtfulFrom !== null) return Math.min(this.offset ?? 0, this.doubtfulFrom);
    if (this.offset === null || this.quietOffset === null || this.offset !== this.sentOffset) return this.offset;
    return Math.max(this.offset, this.quietOffset);
  }

  /** Counts a command that was carried over in another form; returns how many of the kind there were. */
  addRewritten(kind: string): number {
    this.rewritten[kind] = (this.rewritten[kind] ?? 0) + 1;
    return this.rewritten[kind];
  }

  addLost(name: LostClass, count: number): void {
    this.lost[name] = (this.lost[name] ?? 0) + count;
  }
}

/** Errors that a run met and dealt with, by code. */
export class ErrorTally {
  readonly counts: Partial<Record<ErrorCode, number>> = {};

  add(code: ErrorCode, count = 1): void {
    this.counts[code] = (this.counts[code] ?? 0) + count;
  }
}
