import { type Clock, FerryError, type Logger } from '@cacheferry/kernel';
import { RdbBrake } from './rdb-brake.ts';
import type { Spool } from './spool.ts';

const maxPendingBytes = 8 * 1024 * 1024;
const closeAfterMs = 2_000;

/**
 * Says when reading from the source must wait: the disk is slower than the source for a moment, it is full, or the spool
 * has reached its bound, or a new RDB would run far ahead of its reader. Nothing is ever dropped.
 */
export class SpoolGate {
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #brake: RdbBrake;
  #shutSince: number | null = null;
  #isFull = false;
  #isPressed = false;

  constructor(spool: Spool, deps: { clock: Clock; log: Logger }) {
    this.#spool = spool;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#brake = new RdbBrake(spool, deps.clock);
  }

  /** Whether to read on. Called after each piece and each change of the spool. */
  isOpen(): boolean {
    const spool = this.#spool;
    const { maxBytes } = spool.settings;
    const used = spool.bytes + spool.pendingBytes;
    this.#tellPressure(used / maxBytes);
    if (used >= maxBytes) this.#isFull = true;
    else if (used < maxBytes * 0.8) this.#isFull = false;
    const limit = this.#shutSince === null ? maxPendingBytes : maxPendingBytes / 4;
    const isOpen = !this.#isFull && spool.trouble === null && spool.pendingBytes <= limit;
    if (isOpen) this.#shutSince = null;
    else this.#shutSince ??= this.#clock.monotonic();
    return isOpen && !this.#brake.holds();
  }

  /** The error to close a link of the stream with, when it has been shut for longer than a moment; else null. */
  reasonToClose(): FerryError | null {
    if (this.#shutSince === null || this.#clock.monotonic() - this.#shutSince < closeAfterMs) return null;
    if (this.#spool.trouble) return this.#spool.trouble;
    const { shard, maxBytes } = this.#spool.settings;
    return this.#isFull ? new FerryError('spool.full', { shard, limit: maxBytes }) : null;
  }

  #tellPressure(share: number): void {
    if (share >= 0.8 && !this.#isPressed) {
      this.#isPressed = true;
      this.#log.warn('The spool is filled to 80 %', { code: 'spool.pressure', bytes: this.#spool.bytes });
    } else if (share < 0.5) this.#isPressed = false;
  }
}
