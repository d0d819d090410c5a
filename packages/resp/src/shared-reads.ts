/**
 * One piece of memory for everything that a socket receives: nothing is allocated for each of many small pieces.
 *
 * Who takes a piece must be done with it when it returns.
 */
export class SharedReads {
  readonly buffer = Buffer.allocUnsafeSlow(65_536);
  #early: Buffer[] = [];
  readonly #keep = (piece: Buffer): void => void this.#early.push(Buffer.from(piece));
  #take = this.#keep;

  /** What `net.connect` wants to know. */
  get onread(): { buffer: Buffer; callback: (count: number) => boolean } {
    const callback = (count: number): boolean => {
      this.#take(this.buffer.subarray(0, count));
      return true;
    };
    return { buffer: this.buffer, callback };
  }

  /** From now on pieces go there; those that came before go first. */
  open(take: (piece: Buffer) => void): void {
    this.#take = take;
    for (const piece of this.#early.splice(0)) take(piece);
  }

  /** From now on pieces wait for somebody to take them. */
  hold(): void {
    this.#take = this.#keep;
  }
}
