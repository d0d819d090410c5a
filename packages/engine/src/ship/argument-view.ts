import type { CommandScanner } from '@cacheferry/resp';

/** The arguments of the command that a scanner has just walked over, as slices of the bytes they lie in. */
export class ArgumentView {
  readonly #scanner: CommandScanner;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(scanner: CommandScanner) {
    this.#scanner = scanner;
  }

  /** Moves to the command that the scanner found in these bytes. */
  open(buffer: Buffer): this {
    this.#buffer = buffer;
    return this;
  }

  get count(): number {
    return this.#scanner.count;
  }

  at(index: number): Buffer {
    return this.#buffer.subarray(this.#scanner.startOf(index), this.#scanner.endOf(index));
  }

  /** Whether an argument is that word, in any case. */
  isWord(index: number, word: string): boolean {
    if (index >= this.count || this.#scanner.endOf(index) - this.#scanner.startOf(index) !== word.length) return false;
    return this.at(index).toString('latin1').toUpperCase() === word;
  }

  /** An argument as a whole number ≥ 0; `NaN` for anything else. */
  numberAt(index: number): number {
    const text = index < this.count ? this.at(index).subarray(0, 20).toString('latin1') : '';
    return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  }

  /** Whether any argument is longer than that. */
  isAnyLonger(bytes: number): boolean {
    for (let index = 0; index < this.count; index++)
      if (this.#scanner.endOf(index) - this.#scanner.startOf(index) > bytes) return true;
    return false;
  }

  /** All arguments from one position on. */
  from(index: number): Buffer[] {
    return Array.from({ length: Math.max(0, this.count - index) }, (_, n) => this.at(index + n));
  }
}
