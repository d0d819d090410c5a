import { FerryError } from '@cacheferry/kernel';
import { Cursor } from '../cursor.ts';
import { LzfStream } from '../lzf-stream.ts';

const chunkBytes = 131_072;
const packedKind = 3;

/** Gives the text of a string whose body comes in pieces, in chunks that hold during the call only. */
export class TextPieces {
  /** Bytes of the whole text; known when the first piece is in. */
  size = 0;
  readonly #offset: number;
  readonly #emit: (bytes: Buffer) => void;
  #isBegun = false;
  /** Null where the text lies there as it is. */
  #packed: LzfStream | null = null;

  /** `offset`: where in the file the value stands. */
  constructor(offset: number, emit: (bytes: Buffer) => void) {
    this.#offset = offset;
    this.#emit = emit;
  }

  /** Reads the length in front of the first piece. Throws `rdb.corrupt`. */
  begin(buffer: Buffer, start: number, end: number): void {
    const cursor = new Cursor();
    cursor.open(buffer, start, end);
    cursor.base = this.#offset - start;
    cursor.from = -1;
    const isWhole = cursor.string();
    if (cursor.from < 0 || (isWhole && cursor.kind >= 0 && cursor.kind !== packedKind))
      throw new FerryError('rdb.corrupt', { offset: this.#offset, reason: 'string length' });
    this.size = cursor.size;
    if (cursor.kind === packedKind) this.#packed = new LzfStream(cursor.size, this.#offset, this.#emit);
    this.#isBegun = true;
    this.#textStart = cursor.from;
  }

  /** The next piece; the first one was given to `begin` before. Throws `rdb.corrupt`. */
  take(buffer: Buffer, start: number, end: number, isLast: boolean): void {
    if (!this.#isBegun) this.begin(buffer, start, end);
    const from = this.#textStart < 0 ? start : this.#textStart;
    this.#textStart = -1;
    if (this.#packed) this.#packed.feed(buffer, from, end);
    else
      for (let at = from; at < end; at += chunkBytes) this.#emit(buffer.subarray(at, Math.min(end, at + chunkBytes)));
    if (isLast) this.#packed?.finish();
  }

  /** Where the text begins in the first piece; −1 behind that. */
  #textStart = -1;
}
