import { defaultMaxBulkBytes, malformed, maxDepth, readDecimal } from './bounds.ts';
import { LineReader } from './line-reader.ts';
import { type ReplyConsumer, ReplyError } from './reply.ts';

/** An error among the scanned replies. `element` is its place in the array at the top (an EXEC), −1 outside of one. */
export type ScannedError = { reply: number; element: number; error: ReplyError };

/**
 * Counts `count` replies and keeps nothing but errors: the check of everything that is written to a target.
 *
 * Looks at first bytes only; an error inside an array, as EXEC has it, is found too. No allocation unless there is one.
 */
export class ReplyScanner implements ReplyConsumer {
  readonly keepsNothing = true;
  readonly errors: ScannedError[] = [];
  /** Replies wholly seen. */
  seen = 0;
  /** Whether a null stood where a reply was expected at the top: EXEC of a transaction that a WATCH ended. */
  hasNull = false;
  /**
   * Elements of the array at the top that are 0 or a number below, or a list with a number below 0; noted, some more than
   * once, only when there is a list to note them in.
   */
  zeros: number[] | null = null;
  /** The same of all replies, at the top or in an array there: the number of the reply and the element, −1 at the top, in turn. */
  lows: number[] | null = null;
  /** The same of replies at the top that are 0 or null: what such a command should do was not done. */
  nones: number[] | null = null;
  readonly #count: number;
  readonly #maxBulkBytes: number;
  readonly #line = new LineReader();
  readonly #left = new Float64Array(maxDepth + 1);
  #depth = 0;
  #element = 0;
  #skip = 0;

  constructor(count: number, maxBulkBytes = defaultMaxBulkBytes) {
    this.#count = count;
    this.#maxBulkBytes = maxBulkBytes;
  }

  get isDone(): boolean {
    return this.seen >= this.#count;
  }

  feed(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length && this.seen < this.#count) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        this.#skip -= step;
        at += step;
        if (this.#skip === 0) this.#close();
        continue;
      }
      const short = this.#line.isCarrying ? 0 : shortLine(chunk, at);
      if (short > 0) {
        if (chunk[at + 1] === 0x30) this.#noteLow(chunk, at);
        at += short;
        this.#close();
        continue;
      }
      if (!this.#line.find(chunk, at)) return chunk.length;
      at = this.#line.next;
      this.#head();
    }
    return at;
  }

  #head(): void {
    const { bytes, start, end } = this.#line;
    switch (bytes[start]) {
      case 0x3a: // : integer
        this.#noteLow(bytes, start);
        return this.#close();
      case 0x2b: // + status
      case 0x2c: // , double
      case 0x23: // # boolean
      case 0x28: // ( big number
        return this.#close();
      case 0x5f: // _ null
        return this.#null();
      case 0x2d: // - error
        this.#report(new ReplyError(bytes.toString('utf8', start + 1, Math.min(end, start + 1024))));
        return this.#close();
      case 0x24: // $ bulk
      case 0x3d: // = verbatim text
        return this.#bulk(readDecimal(bytes, start + 1, end));
      case 0x2a: // * array
      case 0x7e: // ~ set
      case 0x25: // % map
        return this.#array(readDecimal(bytes, start + 1, end), bytes[start] === 0x25 ? 2 : 1);
    }
    throw malformed('a reply is of no known type', bytes, start);
  }

  /** Integers have no leading zeros: one that begins with 0 is 0. */
  #noteLow(bytes: Buffer, start: number): void {
    const first = bytes[start + 1];
    if (bytes[start] !== 0x3a || (first !== 0x30 && first !== 0x2d)) return;
    const isInside = this.#depth === 1 || (this.#depth === 2 && first === 0x2d);
    if (isInside) this.zeros?.push(this.#element);
    else if (this.#depth === 0 && first === 0x30) this.nones?.push(this.seen);
    if (isInside || this.#depth === 0) this.lows?.push(this.seen, this.#depth === 0 ? -1 : this.#element);
  }

  #bulk(size: number): void {
    const { bytes, start } = this.#line;
    if (size === -1) return this.#null();
    if (!(size >= 0)) throw malformed('the length of a bulk string is wrong', bytes, start);
    if (size > this.#maxBulkBytes) throw malformed('a bulk string is longer than allowed', bytes, start);
    this.#skip = size + 2;
  }

  #array(size: number, factor: number): void {
    const { bytes, start } = this.#line;
    if (size === -1) return this.#null();
    if (!(size >= 0 && size <= 0x7fffffff)) throw malformed('the size of an array is wrong', bytes, start);
    if (size === 0) return this.#close();
    if (this.#depth >= maxDepth) throw malformed('arrays are nested more than 32 deep', bytes, start);
    if (this.#depth === 0) this.#element = 0;
    this.#left[++this.#depth] = size * factor;
  }

  #null(): void {
    if (this.#depth === 0) {
      this.hasNull = true;
      this.nones?.push(this.seen);
    }
    this.#close();
  }

  #report(error: ReplyError): void {
    this.errors.push({ reply: this.seen, element: this.#depth === 0 ? -1 : this.#element, error });
  }

  /** Counts one finished value, and the arrays that end with it. */
  #close(): void {
    while (this.#depth > 0) {
      if (this.#depth === 1) this.#element++;
      const left = (this.#left[this.#depth] as number) - 1;
      this.#left[this.#depth] = left;
      if (left > 0) return;
      this.#depth--;
    }
    this.seen++;
  }
}

/** Length of a `:n`, `+OK` or `+QUEUED` line with its CRLF, 0 for any other: nearly every reply of a writer is one. */
function shortLine(chunk: Buffer, at: number): number {
  const type = chunk[at];
  if (type === 0x2b) {
    if (chunk[at + 4] === 0x0a && chunk[at + 3] === 0x0d) return 5;
    if (chunk[at + 8] === 0x0a && chunk[at + 7] === 0x0d && chunk[at + 1] === 0x51) return 9;
  }
  return type === 0x3a && chunk[at + 3] === 0x0a && chunk[at + 2] === 0x0d ? 4 : 0;
}
