import { TextPieces } from '@cacheferry/rdb';
import type { DividedValue, DividedValueOptions } from './big-value.ts';

/** A string as commands that put it together, from pieces of its body; it is never held as a whole. */
export class BigText implements DividedValue {
  readonly lostFieldTtls = 0;
  isTooLarge = false;
  readonly #options: DividedValueOptions;
  readonly #pieces: TextPieces;
  #at = 0;
  #isBegun = false;

  constructor(options: DividedValueOptions) {
    this.#options = options;
    this.#pieces = new TextPieces(options.offset, (bytes) => this.#write(bytes));
  }

  take(buffer: Buffer, start: number, end: number, isLast: boolean): number {
    if (!this.#isBegun) this.#begin(buffer, start, end);
    this.#pieces.take(buffer, start, end, isLast);
    return end;
  }

  /** The last byte first: so the target finds room for all of it once. */
  #begin(buffer: Buffer, start: number, end: number): void {
    const { key, maxBulkBytes, write } = this.#options;
    this.#pieces.begin(buffer, start, end);
    this.#isBegun = true;
    const { size } = this.#pieces;
    this.isTooLarge = size > maxBulkBytes;
    if (!this.isTooLarge) write(['SETRANGE', key, size - 1, '\0']);
  }

  #write(bytes: Buffer): void {
    if (!this.isTooLarge) this.#options.write(['SETRANGE', this.#options.key, this.#at, bytes]);
    this.#at += bytes.length;
  }
}
