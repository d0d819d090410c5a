import { malformed, maxLineBytes } from './bounds.ts';

/**
 * Finds lines that end in CRLF in pieces of any size; a line within one piece is not copied.
 *
 * After `find` returned true the line is `bytes[start, end)` without its CRLF, and `next` is the position behind it.
 */
export class LineReader {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  next = 0;
  #carried: Buffer | null = null;

  /** Whether the beginning of a line is held from an earlier piece. */
  get isCarrying(): boolean {
    return this.#carried !== null;
  }

  /** Looks for the end of a line from `at` on. Returns false when the piece ends inside it: all of it was taken. */
  find(chunk: Buffer, at: number): boolean {
    const feed = chunk.indexOf(0x0a, at);
    const carried = this.#carried;
    const length = (carried?.length ?? 0) + (feed < 0 ? chunk.length : feed) - at;
    if (length > maxLineBytes) throw malformed('a line is longer than 64 KiB', carried ?? chunk, carried ? 0 : at);
    if (feed < 0) {
      const rest = chunk.subarray(at);
      this.#carried = carried ? Buffer.concat([carried, rest]) : Buffer.from(rest);
      return false;
    }
    this.next = feed + 1;
    this.bytes = carried ? Buffer.concat([carried, chunk.subarray(at, feed + 1)]) : chunk;
    this.start = carried ? 0 : at;
    this.end = (carried ? this.bytes.length : feed + 1) - 2;
    this.#carried = null;
    if (this.end <= this.start || this.bytes[this.end] !== 0x0d)
      throw malformed('a line does not end in CRLF', this.bytes, this.start);
    return true;
  }
}
