import type { Clock } from '@cacheferry/kernel';
import type { Spool } from './spool.ts';

const maxAheadBytes = 4 * 1024 * 1024;
/** Once it holds, the reader comes nearer before it lets go, so that a source is not stopped for each piece. */
const nearBytes = 3 * 1024 * 1024;
const maxHoldMs = 5_000;

/**
 * Keeps the beginning of an RDB from running far ahead of who reads it, so that a small one goes to the target from
 * memory and its source does not compete with the target for the processor.
 *
 * For some seconds only: a source keeps what is written meanwhile in memory until its RDB is out.
 */
export class RdbBrake {
  readonly #spool: Spool;
  readonly #clock: Clock;
  #generation = -1;
  #firstHoldAt: number | null = null;
  #isHolding = false;

  constructor(spool: Spool, clock: Clock) {
    this.#spool = spool;
    this.#clock = clock;
  }

  /** Whether no more of the RDB is to be read from the source for now. */
  holds(): boolean {
    const { generation, unreadRdb } = this.#spool;
    this.#isHolding = unreadRdb > (this.#isHolding ? nearBytes : maxAheadBytes);
    if (!this.#isHolding) return false;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#firstHoldAt = null;
    }
    const now = this.#clock.monotonic();
    this.#firstHoldAt ??= now;
    return now - this.#firstHoldAt < maxHoldMs;
  }
}
