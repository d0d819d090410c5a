/** Growing pauses between tries, spread at random so that many engines do not come back at once. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #tries = 0;

  constructor(limits: { firstMs: number; maxMs: number }, random: () => number) {
    this.#firstMs = limits.firstMs;
    this.#maxMs = limits.maxMs;
    this.#random = random;
  }

  /** Tries since the last success. */
  get tries(): number {
    return this.#tries;
  }

  /** How long to wait before the next try: between half and the whole of a step that doubles. */
  next(): number {
    const step = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#tries, 30));
    this.#tries++;
    return step * (0.5 + this.#random() / 2);
  }

  /** After a success the next pause is the first one again. */
  reset(): void {
    this.#tries = 0;
  }
}
