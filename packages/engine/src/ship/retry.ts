import type { Clock, ErrorCode, FerryError } from '@cacheferry/kernel';

const firstMs = 100;
const longestMs = 5_000;
/** How long a target may refuse everything before the run gives up. */
const giveUpAfterMs = 10 * 60_000;

/** What a target takes from a user that it let in before, an operator can give back while the run waits. */
const mendable: readonly ErrorCode[] = ['endpoint.auth_required', 'endpoint.auth_failed', 'endpoint.no_permission'];

/** Whether an error may pass. `wasLetIn`: the target has let this run write before. */
export const mayPass = (error: FerryError, wasLetIn: boolean): boolean =>
  error.spec.retry || (wasLetIn && mendable.includes(error.code));

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

  /** Waits before the next attempt. Throws the error when it has lasted too long. */
  async after(error: FerryError, signal: AbortSignal): Promise<void> {
    this.#since ??= this.#clock.monotonic();
    if (this.#clock.monotonic() - this.#since > giveUpAfterMs) throw error;
    if (error.code === 'target.refused') return;
    await this.#clock.sleep(this.#waitMs * (0.75 + this.#random() / 2), signal);
    this.#waitMs = Math.min(longestMs, this.#waitMs * 2);
  }
}
