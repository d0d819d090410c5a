import type { Clock } from '@cacheferry/kernel';
import type { RunControl } from '../control/run-control.ts';

/**
 * Slows a run down to its rates: a bucket of one second for keys or commands and one for bytes, both refilled steadily.
 *
 * A batch that is bigger than a bucket passes when the bucket is full and leaves a debt, so that no batch waits for ever.
 * Rates that change while somebody waits count at once.
 */
export class Limiter {
  readonly #control: RunControl;
  readonly #clock: Clock;
  #keys = 0;
  #bytes = 0;
  #filledAt: number;

  constructor(control: RunControl, clock: Clock) {
    this.#control = control;
    this.#clock = clock;
    this.#filledAt = clock.monotonic();
  }

  /** Resolves when so much may be sent. Rejects with the signal's reason. */
  async take(keys: number, bytes: number, signal: AbortSignal): Promise<void> {
    for (let waitMs = this.#waitMs(); waitMs > 0; waitMs = this.#waitMs())
      await this.#clock.sleep(Math.min(waitMs, 100), signal);
    const { rateKeys, rateBytes } = this.#control.rates;
    this.#keys = rateKeys === 0 ? 0 : this.#keys - keys;
    this.#bytes = rateBytes === 0 ? 0 : this.#bytes - bytes;
  }

  /** How long until both buckets have something to give. */
  #waitMs(): number {
    const { rateKeys, rateBytes } = this.#control.rates;
    const now = this.#clock.monotonic();
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#keys = Math.min(rateKeys, this.#keys + rateKeys * seconds);
    this.#bytes = Math.min(rateBytes, this.#bytes + rateBytes * seconds);
    const keysMs = rateKeys > 0 && this.#keys < 0 ? (-this.#keys / rateKeys) * 1000 : 0;
    const bytesMs = rateBytes > 0 && this.#bytes < 0 ? (-this.#bytes / rateBytes) * 1000 : 0;
    return Math.max(keysMs, bytesMs);
  }
}
