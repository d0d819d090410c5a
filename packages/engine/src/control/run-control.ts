import type { Snapshot } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';

export type Rates = { rateKeys: number; rateBytes: number };

/**
 * What operators have asked of a run and what the run shows: the meeting point of control socket and pipeline.
 *
 * The pipeline reads `isPaused` and `rates`, waits in `whilePaused`, and sets `readSnapshot`; the socket changes and asks.
 */
export class RunControl {
  #isPaused = false;
  #isHeld = false;
  #rates: Rates;
  #snapshot: (() => Snapshot) | null = null;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<() => void>();

  constructor(rates: Rates) {
    this.#rates = rates;
  }

  /** Whether nothing is to be written to the target: an operator said so, or the run cannot note what it does. */
  get isPaused(): boolean {
    return this.#isPaused || this.#isHeld;
  }

  /** Limits per second; 0 = none. */
  get rates(): Rates {
    return this.#rates;
  }

  /** Aborted with `migration.stopped` when the run is to end in order: finish the open batch, checkpoint, close. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  pause(): void {
    this.#change(() => {
      this.#isPaused = true;
    });
  }

  resume(): void {
    this.#change(() => {
      this.#isPaused = false;
    });
  }

  /** Holds the run while its own state cannot be written (a full disk), whatever operators say. */
  hold(isHeld: boolean): void {
    this.#change(() => {
      this.#isHeld = isHeld;
    });
  }

  setRates(rates: Partial<Rates>): void {
    this.#change(() => {
      this.#rates = { ...this.#rates, ...rates };
    });
  }

  stop(): void {
    this.#stop.abort(new FerryError('migration.stopped'));
    this.#change(() => {});
  }

  /** Calls back after each change of pause, rates or stop. Returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves at once when not paused, else when resumed; rejects when aborted. */
  async whilePaused(signal?: AbortSignal): Promise<void> {
    while (this.isPaused) {
      signal?.throwIfAborted();
      await this.#nextChange(signal);
    }
  }

  /** The pipeline says where its progress is read. */
  showBy(snapshot: () => Snapshot): void {
    this.#snapshot = snapshot;
  }

  /** The progress of the run; null before the pipeline stands. */
  snapshot(): Snapshot | null {
    return this.#snapshot?.() ?? null;
  }

  #change(apply: () => void): void {
    apply();
    for (const listener of [...this.#listeners]) listener();
  }

  #nextChange(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        unsubscribe();
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => {
        unsubscribe();
        reject(signal?.reason);
      };
      const unsubscribe = this.subscribe(done);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}
