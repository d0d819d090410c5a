import type { Clock } from '@cacheferry/kernel';

const firstMs = 500;
const mostMs = 10_000;

/** Waits longer after each failure, spread by chance, and not at all again after a success. */
export class BackOff {
  readonly #clock: Clock;
  readonly #random: () => number;
  #failures = 0;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** Rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void> {
    const full = Math.min(mostMs, firstMs * 2 ** this.#failures++);
    return this.#clock.sleep(full * (0.5 + this.#random() / 2), signal);
  }
}
