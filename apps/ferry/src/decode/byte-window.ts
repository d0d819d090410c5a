const startBytes = 1_048_576;

/** Bytes that arrived and are not consumed yet, in one piece; grows with what is really there, to the biggest record. */
export class ByteWindow {
  buffer: Buffer = Buffer.allocUnsafeSlow(startBytes);
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Adds bytes behind those that are there. */
  append(bytes: Buffer): void {
    const wanted = this.length + bytes.length;
    if (this.end + bytes.length > this.buffer.length) {
      const old = this.buffer;
      if (wanted > old.length) this.buffer = Buffer.allocUnsafeSlow(Math.max(wanted, old.length * 2));
      old.copy(this.buffer, 0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    bytes.copy(this.buffer, this.end);
    this.end += bytes.length;
  }

  /** Everything before `at` is done. */
  consume(at: number): void {
    this.start = at;
    if (this.start === this.end && this.buffer.length > startBytes * 16)
      this.buffer = Buffer.allocUnsafeSlow(startBytes);
    if (this.start < this.end) return;
    this.start = 0;
    this.end = 0;
  }
}
