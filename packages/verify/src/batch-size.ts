const wantedBytes = 1_048_576;
const most = 512;
const least = 8;

/** How many keys go into a batch: so many that their values are about a megabyte, learnt from the batches before. */
export class BatchSize {
  #averageBytes = wantedBytes / 32;

  get keys(): number {
    return Math.max(least, Math.min(most, Math.floor(wantedBytes / this.#averageBytes)));
  }

  /** Bigger values count at once, smaller ones bit by bit. */
  learn(keys: number, bytes: number): void {
    const average = Math.max(1, bytes / Math.max(1, keys));
    this.#averageBytes = average > this.#averageBytes ? average : this.#averageBytes * 0.5 + average * 0.5;
  }
}
