import type { Clock } from '@cacheferry/kernel';

const most = 3;
const steadyMs = 600_000;

/** Counts full syncs that a source made necessary because it no longer held what came next. */
export class Overruns {
  readonly #clock: Clock;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One more. A stream that was followed for ten minutes makes good for all before. */
  areTooMany(lastFullSyncAtMs: number): boolean {
    const isSteady = this.#clock.monotonic() - lastFullSyncAtMs > steadyMs;
    this.#count = isSteady ? 1 : this.#count + 1;
    return this.#count > most;
  }
}
