import { FerryError } from '@cacheferry/kernel';
import { unpackLzf } from './lzf.ts';

/** Strings beyond this cannot be held in one buffer, and no server writes them. */
export const maxStringBytes = 4_294_967_296 - 65_536;
/** No collection has more elements than this; a bigger count is damage. */
export const maxCount = 2 ** 40;

/**
 * A place in a window of bytes. Every method returns false when the window ends too early: then `at` is undefined,
 * `needEnd` is the least position up to which bytes must be there, and the caller goes back to where it knows.
 */
export class Cursor {
  buffer: Buffer = Buffer.alloc(0);
  at = 0;
  end = 0;
  needEnd = 0;
  /** Position in the file of index 0 of the buffer. */
  base = 0;
  /** What `length` read: a number, or the kind of a special string. */
  value = 0;
  isSpecial = false;
  /** Where the string lies that `string` read, its kind (−1 raw, 0–2 integer, 3 LZF) and its unpacked size. */
  from = 0;
  to = 0;
  kind = -1;
  size = 0;

  /** Moves to another window. */
  open(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer;
    this.at = start;
    this.end = end;
  }

  /** Passes over `count` bytes. */
  skip(count: number): boolean {
    const next = this.at + count;
    if (next > this.end) return this.#short(next);
    this.at = next;
    return true;
  }

  /** Reads a length or the mark of a special string into `value` and `isSpecial`. */
  length(): boolean {
    const at = this.at;
    if (at >= this.end) return this.#short(at + 1);
    const first = this.buffer[at] as number;
    if (first < 0x40) {
      this.at = at + 1;
      this.value = first;
      this.isSpecial = false;
      return true;
    }
    return first >= 0xc0 ? this.#special(first & 0x3f) : this.#longLength(first, at);
  }

  /** Reads a plain number: a length that is not the mark of a special string. */
  count(limit = maxCount): boolean {
    if (!this.length()) return false;
    if (this.isSpecial || this.value > limit) throw this.damaged('count');
    return true;
  }

  /** Finds the string at `at`; its bytes become `[from, to)` as they lie there. */
  string(): boolean {
    const { at } = this;
    if (at >= this.end) return this.#short(at + 1);
    const first = this.buffer[at] as number;
    if (first >= 0x40) return this.#longString();
    this.kind = -1;
    this.size = first;
    this.at = at + 1;
    return this.#span(first);
  }

  /** The text form of the string that `string` found: a slice when it is raw, else unpacked. */
  unpacked(): Buffer {
    const { buffer, from, to } = this;
    if (this.kind === -1) return buffer.subarray(from, to);
    if (this.kind === 0) return Buffer.from(String(buffer.readInt8(from)));
    if (this.kind === 1) return Buffer.from(String(buffer.readInt16LE(from)));
    if (this.kind === 2) return Buffer.from(String(buffer.readInt32LE(from)));
    return unpackLzf(buffer.subarray(from, to), this.size, this.base + from);
  }

  damaged(reason: string): FerryError {
    return new FerryError('rdb.corrupt', { offset: this.base + this.at, reason });
  }

  #longString(): boolean {
    if (!this.length()) return false;
    if (this.isSpecial) return this.#specialString(this.value | 0);
    if (this.value > maxStringBytes) throw this.damaged('string length');
    this.kind = -1;
    this.size = asInteger(this.value);
    return this.#span(this.size);
  }

  #special(kind: number): boolean {
    this.at += 1;
    this.value = kind;
    this.isSpecial = true;
    return true;
  }

  #longLength(first: number, at: number): boolean {
    const width = first < 0x80 ? 2 : first === 0x80 ? 5 : first === 0x81 ? 9 : 0;
    if (width === 0) throw this.damaged('length');
    if (at + width > this.end) return this.#short(at + width);
    const b = this.buffer;
    this.isSpecial = false;
    if (width === 2) this.value = ((first & 0x3f) << 8) | (b[at + 1] as number);
    else if (width === 5) this.value = b.readUInt32BE(at + 1);
    else this.value = b.readUInt32BE(at + 1) * 4_294_967_296 + b.readUInt32BE(at + 5);
    this.at = at + width;
    return true;
  }

  #specialString(kind: number): boolean {
    if (kind < 3) {
      this.kind = kind;
      return this.#span(1 << kind);
    }
    if (kind > 3) throw this.damaged('string encoding');
    if (!this.length()) return false;
    const packed = this.value;
    if (this.isSpecial || packed > maxStringBytes) throw this.damaged('packed length');
    if (!this.length()) return false;
    if (this.isSpecial || this.value > maxStringBytes) throw this.damaged('unpacked length');
    this.kind = 3;
    this.size = asInteger(this.value);
    return this.#span(asInteger(packed));
  }

  #span(length: number): boolean {
    this.from = this.at;
    this.to = this.at + length;
    return this.skip(length);
  }

  #short(needEnd: number): boolean {
    this.needEnd = needEnd;
    return false;
  }
}

/**
 * The same number, held as an integer where it fits: once a stream's 64-bit numbers have gone through `value` it holds
 * floats, and every place that is reckoned from one would be a float from then on.
 */
function asInteger(value: number): number {
  return value <= 0x7fff_ffff ? value | 0 : value;
}
