/** What lies behind a large record in the piece that ends it fits in without another growth. */
const spareBytes = 16_384;

/**
 * Bytes that arrived in pieces and are not consumed yet, in one piece.
 *
 * Holds what is left over of one piece in front of the next; grows to the biggest record and gives that back later.
 */
export class Window {
  buffer: Buffer;
  start = 0;
  end = 0;
  readonly #first: Buffer;

  /** `first`: the memory that is used as long as it suffices. */
  constructor(first: Buffer = Buffer.allocUnsafeSlow(262_144)) {
    this.#first = first;
    this.buffer = first;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Adds bytes behind those that are there. `expected`: how many will surely be needed in all, to grow only once. */
  append(bytes: Buffer, expected = 0): void {
    const wanted = Math.max(this.length + bytes.length, Math.min(expected, 4_294_967_296 - 65_536));
    if (this.start + wanted > this.buffer.length) this.#makeRoom(wanted);
    bytes.copy(this.buffer, this.end);
    this.end += bytes.length;
  }

  /** Everything before `at` is done. */
  consume(at: number): void {
    this.start = at;
    if (this.start < this.end) return;
    this.start = 0;
    this.end = 0;
    this.buffer = this.#first;
  }

  #makeRoom(wanted: number): void {
    const old = this.buffer;
    if (wanted > old.length)
      this.buffer = Buffer.allocUnsafeSlow(
        Math.max(wanted + spareBytes, Math.min(old.length * 2, wanted + 33_554_432)),
      );
    old.copy(this.buffer, 0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
  }
}
