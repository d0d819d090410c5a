import { type Clock, systemClock } from '@cacheferry/kernel';

const stepMs = 5;

/** A clock that can run faster for a while, so that what takes minutes is seen in seconds. */
export class HurryingClock implements Clock {
  #speed = 1;
  #aheadMs = 0;
  #since = performance.now();

  /** How many times faster than the machine's it runs from now on. */
  run(speed: number): void {
    this.#aheadMs = this.#ahead();
    this.#since = performance.now();
    this.#speed = speed;
  }

  /** Of the machine: servers go by that. */
  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return performance.now() + this.#ahead();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const end = this.monotonic() + ms;
    for (let left = ms; left > 0; left = end - this.monotonic())
      await systemClock.sleep(this.#speed === 1 ? Math.min(left, 50) : stepMs, signal);
  }

  #ahead(): number {
    return this.#aheadMs + (performance.now() - this.#since) * (this.#speed - 1);
  }
}
