const window = 8;
const retryEvery = 32;

/**
 * Whether it pays to ask a batch for strings first: their plain reading costs a server far less than DUMP, but a batch
 * with few strings is asked twice. Learns from the batches before, and tries again now and then.
 */
export class StringsFirst {
  #share = 0.75;
  #batches = 0;
  #isAllowed = true;

  /** Decides for the next batch. */
  next(): boolean {
    this.#batches++;
    return this.#isAllowed && (this.#share > 0.5 || this.#batches % retryEvery === 0);
  }

  /** A server refuses the command. */
  forbid(): void {
    this.#isAllowed = false;
  }

  learn(keys: number, strings: number): void {
    this.#share += (strings / Math.max(1, keys) - this.#share) / window;
  }
}
