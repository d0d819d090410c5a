import { FerryError } from '@cacheferry/kernel';

/** How far back a reference reaches. */
const windowBytes = 8_192;
const chunkBytes = 131_072;

/**
 * Unpacks LZF that comes in pieces, and hands out what it becomes in pieces: it holds what a reference may reach and no more.
 *
 * Throws `rdb.corrupt` when the packed bytes point outside or do not give exactly `size` bytes. Spec: liblzf lzf_d.c.
 */
export class LzfStream {
  readonly #emit: (bytes: Buffer) => void;
  readonly #size: number;
  readonly #offset: number;
  readonly #out = Buffer.allocUnsafeSlow(windowBytes + chunkBytes);
  /** Where in `out` the next byte goes, and from where on it was not handed out. */
  #to = 0;
  #kept = 0;
  #total = 0;
  #literal = 0;
  /** A reference that is being read: its length so far, and the upper bits of its distance. */
  #next: 'control' | 'length' | 'distance' = 'control';
  #length = 0;
  #high = 0;

  /** `emit` gets slices that hold during the call only; `offset`: where in the file the string lies, for the error. */
  constructor(size: number, offset: number, emit: (bytes: Buffer) => void) {
    this.#size = size;
    this.#offset = offset;
    this.#emit = emit;
  }

  feed(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      if (this.#literal > 0) at += this.#copy(bytes, at, end);
      else this.#byte(bytes[at++] as number);
    }
  }

  /** No more bytes come. */
  finish(): void {
    if (this.#literal > 0 || this.#next !== 'control' || this.#total !== this.#size) throw this.#damaged();
    this.#flush();
  }

  #byte(byte: number): void {
    if (this.#next === 'control') {
      if (byte < 32) {
        this.#literal = byte + 1;
        return;
      }
      this.#length = byte >> 5;
      this.#high = (byte & 31) << 8;
      this.#next = this.#length === 7 ? 'length' : 'distance';
    } else if (this.#next === 'length') {
      this.#length += byte;
      this.#next = 'distance';
    } else {
      this.#next = 'control';
      this.#repeat((this.#high | byte) + 1, this.#length + 2);
    }
  }

  #copy(bytes: Buffer, at: number, end: number): number {
    const count = Math.min(this.#literal, end - at);
    this.#room(count);
    bytes.copy(this.#out, this.#to, at, at + count);
    this.#to += count;
    this.#literal -= count;
    return count;
  }

  #repeat(distance: number, length: number): void {
    this.#room(length);
    const out = this.#out;
    const from = this.#to - distance;
    if (from < 0) throw this.#damaged();
    if (distance >= length) out.copyWithin(this.#to, from, from + length);
    else for (let i = 0; i < length; i++) out[this.#to + i] = out[from + i] as number;
    this.#to += length;
  }

  #room(bytes: number): void {
    this.#total += bytes;
    if (this.#total > this.#size) throw this.#damaged();
    if (this.#to + bytes <= this.#out.length) return;
    this.#flush();
    this.#out.copyWithin(0, this.#to - windowBytes, this.#to);
    this.#to = windowBytes;
    this.#kept = windowBytes;
  }

  #flush(): void {
    if (this.#to > this.#kept) this.#emit(this.#out.subarray(this.#kept, this.#to));
    this.#kept = this.#to;
  }

  #damaged(): FerryError {
    return new FerryError('rdb.corrupt', { offset: this.#offset, reason: 'packed string' });
  }
}
