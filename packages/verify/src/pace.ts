import type { Clock } from '@cacheferry/kernel';

/** Keeps a rate of keys per second; 0 = no limit. */
export class Pace {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #nextAt = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Resolves when so many keys may be read. Rejects with the signal's reason. */
  async take(keys: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#perSecond === 0) return;
    const now = this.#clock.monotonic();
    this.#nextAt = Math.max(this.#nextAt, now);
    const waitMs = this.#nextAt - now;
    this.#nextAt += (keys / this.#perSecond) * 1000;
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
  }
}
