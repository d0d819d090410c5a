import { malformed, maxLineBytes, readDecimal } from './bounds.ts';
import type { ReplyConsumer } from './reply.ts';

/** What a leaf of the replies is. `big`: a bulk string longer than may be kept; only its size is known. */
export const leafKind = { bulk: 0, nil: 1, error: 2, line: 3, big: 4 } as const;
export type LeafKind = (typeof leafKind)[keyof typeof leafKind];

const startLeaves = 1024;
const startBytes = 262_144;
const shrinkAbove = 16_777_216;

/**
 * The bytes of some replies in one piece, and where in them each leaf lies; arrays count by their leaves. Nothing is made
 * of them: whoever compares two servers compares bytes. Used again and again, so it allocates nothing per reply.
 */
export class RawReplies implements ReplyConsumer {
  readonly keepsNothing = true;
  bytes: Buffer = Buffer.allocUnsafeSlow(startBytes);
  /** Number of leaves, and of those that are too big to be kept. */
  count = 0;
  bigCount = 0;
  #heads = new Float64Array(startLeaves);
  #starts = new Float64Array(startLeaves);
  #sizes = new Float64Array(startLeaves);
  #kinds = new Uint8Array(startLeaves);
  readonly #maxLeafBytes: number;
  #at = 0;
  #end = 0;
  #left = 0;
  #skip = 0;

  constructor(maxLeafBytes: number) {
    this.#maxLeafBytes = maxLeafBytes;
  }

  /** Gets ready for so many replies. */
  expect(replies: number): this {
    if (this.bytes.length > shrinkAbove) this.bytes = Buffer.allocUnsafeSlow(startBytes);
    this.count = 0;
    this.bigCount = 0;
    this.#at = 0;
    this.#end = 0;
    this.#skip = 0;
    this.#left = replies;
    return this;
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  /** Bytes of all leaves and their heads. */
  get length(): number {
    return this.#at;
  }

  kind(leaf: number): LeafKind {
    return this.#kinds[leaf] as LeafKind;
  }

  /** Where the head of a leaf begins: `$5\r\n…`. */
  head(leaf: number): number {
    return this.#heads[leaf] as number;
  }

  /** Where the text of a leaf begins: behind the head of a bulk string, behind the first character of a line. */
  start(leaf: number): number {
    return this.#starts[leaf] as number;
  }

  /** Bytes of a leaf's text; of a big one how many it would have had. */
  size(leaf: number): number {
    return this.#sizes[leaf] as number;
  }

  /** Where the next leaf begins. */
  next(leaf: number): number {
    return leaf + 1 < this.count ? this.head(leaf + 1) : this.#at;
  }

  /** The text of a leaf, as a view that holds until the next use. */
  text(leaf: number): Buffer {
    const start = this.start(leaf);
    return this.bytes.subarray(start, start + this.size(leaf));
  }

  /** The number of an integer reply. */
  integer(leaf: number): number {
    return Number(this.text(leaf).toString('latin1'));
  }

  /** Whether both hold the same replies byte for byte, none of them cut short. */
  equals(other: RawReplies): boolean {
    if (this.#at !== other.#at || this.bigCount + other.bigCount > 0) return false;
    return this.bytes.compare(other.bytes, 0, other.#at, 0, this.#at) === 0;
  }

  /** Takes over a leaf of other replies, as if it had come next. */
  append(other: RawReplies, leaf: number): void {
    const head = this.#at;
    this.#append(other.bytes.subarray(0, other.next(leaf)), other.head(leaf));
    this.#at = this.#end;
    this.#note(head, head + other.start(leaf) - other.head(leaf), other.size(leaf), other.kind(leaf));
    if (other.kind(leaf) === leafKind.big) this.bigCount++;
  }

  feed(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#skip > 0) at = this.#drop(chunk, at);
    if (this.#skip > 0 || at === chunk.length) return at;
    this.#append(chunk, at);
    while (this.#left > 0 && this.#leaf());
    if (this.#left > 0) return chunk.length;
    // What lies behind the last reply belongs to somebody else.
    const unused = this.#end - this.#at;
    this.#end = this.#at;
    return chunk.length - unused;
  }

  #drop(chunk: Buffer, at: number): number {
    const step = Math.min(this.#skip, chunk.length - at);
    this.#skip -= step;
    if (this.#skip === 0) this.#left--;
    return at + step;
  }

  #append(chunk: Buffer, at: number): void {
    const wanted = this.#end + chunk.length - at;
    if (wanted > this.bytes.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(wanted, this.bytes.length * 2));
      this.bytes.copy(bigger, 0, 0, this.#end);
      this.bytes = bigger;
    }
    this.#end += chunk.copy(this.bytes, this.#end, at);
  }

  /** Takes one leaf or one array head; false when it is not wholly there. */
  #leaf(): boolean {
    const { bytes } = this;
    const head = this.#at;
    const line = lineEnd(bytes, head, this.#end);
    if (line < 0) return this.#wait(head);
    const type = bytes[head];
    if (type === 0x24) return this.#bulk(head, line);
    this.#at = line + 2;
    if (type === 0x2a) return this.#array(head, line);
    if (type === 0x3a || type === 0x2b) this.#note(head, head + 1, line - head - 1, leafKind.line);
    else if (type === 0x2d) this.#note(head, head + 1, line - head - 1, leafKind.error);
    else throw malformed('a reply is of no known type', bytes, head);
    this.#left--;
    return true;
  }

  #bulk(head: number, line: number): boolean {
    const size = readDecimal(this.bytes, head + 1, line);
    if (size === -1) {
      this.#at = line + 2;
      this.#note(head, line + 2, 0, leafKind.nil);
      this.#left--;
      return true;
    }
    if (!(size >= 0)) throw malformed('the length of a bulk string is wrong', this.bytes, head);
    const end = line + 2 + size + 2;
    if (size > this.#maxLeafBytes) return this.#bigBulk(head, line, size);
    if (end > this.#end) return false;
    this.#at = end;
    this.#note(head, line + 2, size, leafKind.bulk);
    this.#left--;
    return true;
  }

  /** Keeps the head and drops the text, what has come of it and what will. */
  #bigBulk(head: number, line: number, size: number): boolean {
    this.#note(head, line + 2, size, leafKind.big);
    this.bigCount++;
    const there = Math.min(this.#end - line - 2, size + 2);
    this.bytes.copyWithin(line + 2, line + 2 + there, this.#end);
    this.#end -= there;
    this.#at = line + 2;
    this.#skip = size + 2 - there;
    if (this.#skip > 0) return false;
    this.#left--;
    return true;
  }

  #array(head: number, line: number): boolean {
    const size = readDecimal(this.bytes, head + 1, line);
    if (size === -1) this.#note(head, line + 2, 0, leafKind.nil);
    else if (!(size >= 0 && size <= 0x7fff_ffff)) throw malformed('the size of an array is wrong', this.bytes, head);
    this.#left += Math.max(size, 0) - 1;
    return true;
  }

  #note(head: number, start: number, size: number, kind: LeafKind): void {
    if (this.count === this.#kinds.length) this.#grow();
    this.#heads[this.count] = head;
    this.#starts[this.count] = start;
    this.#sizes[this.count] = size;
    this.#kinds[this.count++] = kind;
  }

  #grow(): void {
    const double = (old: Float64Array) => {
      const bigger = new Float64Array(old.length * 2);
      bigger.set(old);
      return bigger;
    };
    this.#heads = double(this.#heads);
    this.#starts = double(this.#starts);
    this.#sizes = double(this.#sizes);
    const kinds = new Uint8Array(this.#kinds.length * 2);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
  }

  #wait(head: number): false {
    if (this.#end - head > maxLineBytes) throw malformed('a line is too long', this.bytes, head);
    return false;
  }
}

/** Position of the `\r` of a line's end, −1 while it is not there. */
function lineEnd(bytes: Buffer, from: number, end: number): number {
  for (let at = from + 1; at + 1 < end; at++) if (bytes[at] === 0x0d) return bytes[at + 1] === 0x0a ? at : -1;
  return -1;
}
