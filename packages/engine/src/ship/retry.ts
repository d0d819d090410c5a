import type { Clock, FerryError } from '@cacheferry/kernel';

const firstMs = 100;
const longestMs = 5_000;
/** How long a target may refuse everything before the run gives up. */
const giveUpAfterMs = 10 * 60_000;

/** Waits between attempts, growing from 0.1 s to 5 s, and gives up after ten minutes without any progress. */
export class RetryPause {
  readonly #clock: Clock;
  readonly #random: () => number;
  #waitMs = firstMs;
  #since: number | null = null;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Something went well: the next trouble is a new one. */
  reset(): void {
    this.#waitMs = firstMs;
    this.#since = null;
  }

  /** Waits before the next attempt. Throws the error when it is final, or has lasted too long. */
  async after(error: FerryError, signal: AbortSignal): Promise<void> {
    if (!error.spec.retry) throw error;
    this.#since ??= this.#clock.monotonic();
    if (this.#clock.monotonic() - this.#since > giveUpAfterMs) throw error;
    if (error.code === 'target.refused') return;
    await this.#clock.sleep(this.#waitMs * (0.75 + this.#random() / 2), signal);
    this.#waitMs = Math.min(longestMs, this.#waitMs * 2);
  }
}
