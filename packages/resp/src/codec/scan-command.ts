import { defaultMaxBulkBytes, malformed, maxLineBytes, readDecimal } from './bounds.ts';

/**
 * Walks the commands of a replication stream or an AOF in a buffer, without an object per argument.
 *
 * `next(buffer, at)` returns the position behind the whole command at `at`, or −1 when the buffer ends inside it: call
 * again with the same bytes and more behind them; what was seen is not walked twice. After a whole command
 * `startOf(i)`/`endOf(i)` are the extents of argument i in that buffer; `count` is 0 for an empty line (keep-alive)
 * and for an annotation of an AOF (`#…`).
 * Throws `protocol.malformed`.
 * Spec: redis networking.c, processMultibulkBuffer and processInlineBuffer.
 */
export class CommandScanner {
  /** Arguments of the last whole command, its name included. */
  count = 0;
  /** When `next` returned −1: how many bytes from `at` on are surely needed. */
  needed = 0;
  #at = 0;
  #starts = new Float64Array(64);
  #ends = new Float64Array(64);
  #announced = -1;
  #seen = 0;
  #cursor = 0;
  readonly #maxBulkBytes: number;

  constructor(maxBulkBytes = defaultMaxBulkBytes) {
    this.#maxBulkBytes = maxBulkBytes;
  }

  startOf(index: number): number {
    return this.#at + (this.#starts[index] as number);
  }

  endOf(index: number): number {
    return this.#at + (this.#ends[index] as number);
  }

  /** Forgets a command that was seen in part, as when the bytes that follow are others. */
  reset(): void {
    this.#announced = -1;
    this.#seen = 0;
    this.#cursor = 0;
    this.needed = 0;
  }

  next(buffer: Buffer, at: number): number {
    this.#at = at;
    if (this.#announced < 0) {
      if (at >= buffer.length) return this.#wait(1);
      if (buffer[at] !== 0x2a) return this.#inline(buffer, at);
      const end = this.#lineEnd(buffer, at);
      if (end < 0) return -1;
      const size = readDecimal(buffer, at + 1, end);
      if (!(size >= -1 && size <= 0x7fffffff)) throw malformed('the number of arguments is wrong', buffer, at);
      this.#announced = Math.max(0, size);
      this.#cursor = end + 2 - at;
    }
    while (this.#seen < this.#announced) if (!this.#argument(buffer, at)) return -1;
    const end = at + this.#cursor;
    this.count = this.#announced;
    this.reset();
    return end;
  }

  #argument(buffer: Buffer, at: number): boolean {
    const head = at + this.#cursor;
    const end = this.#lineEnd(buffer, head);
    if (end < 0) return false;
    const size = buffer[head] === 0x24 ? readDecimal(buffer, head + 1, end) : Number.NaN;
    if (!(size >= 0)) throw malformed('the length of an argument is wrong', buffer, head);
    if (size > this.#maxBulkBytes) throw malformed('an argument is longer than allowed', buffer, head);
    const body = end + 2;
    if (buffer.length < body + size + 2) {
      this.#wait(body + size + 2 - at);
      return false;
    }
    if (buffer[body + size] !== 0x0d || buffer[body + size + 1] !== 0x0a)
      throw malformed('an argument does not end where it said', buffer, head);
    this.#put(body - at, size);
    this.#cursor = body + size + 2 - at;
    return true;
  }

  #put(start: number, size: number): void {
    const index = this.#seen++;
    if (index >= this.#starts.length) {
      this.#starts = grow(this.#starts);
      this.#ends = grow(this.#ends);
    }
    this.#starts[index] = start;
    this.#ends[index] = start + size;
  }

  /** Position of the CR of the line at `from`, or −1 when it isn't whole yet. */
  #lineEnd(buffer: Buffer, from: number): number {
    const limit = Math.min(buffer.length, from + 32);
    for (let at = from; at < limit; at++) {
      if (buffer[at] !== 0x0d) continue;
      if (at + 1 >= buffer.length) return this.#wait(at + 2 - this.#at);
      if (buffer[at + 1] !== 0x0a) break;
      return at;
    }
    if (
      buffer.length >= from + 32 ||
      buffer.subarray(from, limit).includes(0x0a) ||
      buffer.subarray(from, limit - 1).includes(0x0d)
    )
      throw malformed('a length line does not end', buffer, from);
    return this.#wait(buffer.length + 1 - this.#at);
  }

  /** An old-style line of words, or an empty one as masters send to keep the link alive. */
  #inline(buffer: Buffer, at: number): number {
    const feed = buffer.indexOf(0x0a, at);
    const length = (feed < 0 ? buffer.length : feed) - at;
    if (length > maxLineBytes) throw malformed('a line is longer than 64 KiB', buffer, at);
    if (feed < 0) return this.#wait(length + 1);
    if (buffer[at] === 0x23) return this.#none(feed + 1);
    const end = feed > at && buffer[feed - 1] === 0x0d ? feed - 1 : feed;
    for (let word = at; word < end; ) {
      if (buffer[word] === 0x20) {
        word++;
        continue;
      }
      let stop = word;
      while (stop < end && buffer[stop] !== 0x20) stop++;
      if ((buffer[word] as number) < 0x21) throw malformed('a line is no command', buffer, at);
      this.#put(word - at, stop - word);
      word = stop;
    }
    this.count = this.#seen;
    this.reset();
    return feed + 1;
  }

  /** A line that holds no command. */
  #none(end: number): number {
    this.count = 0;
    this.reset();
    return end;
  }

  #wait(needed: number): -1 {
    this.needed = needed;
    return -1;
  }
}

function grow(old: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(old.length * 4);
  grown.set(old);
  return grown;
}
