/** Below this a loop is faster than a call into native code. */
const shortBytes = 48;

/** A buffer that grows while RDB parts are written into it. */
export class ByteWriter {
  #buffer: Buffer;
  #end = 0;

  constructor(startBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(startBytes);
  }

  get length(): number {
    return this.#end;
  }

  /** The bytes written so far, as a view: valid until the next write. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  /** Starts anew in the same memory. */
  clear(): this {
    this.#end = 0;
    return this;
  }

  byte(value: number): this {
    this.#room(1);
    this.#buffer[this.#end++] = value;
    return this;
  }

  raw(bytes: Buffer, start = 0, end = bytes.length): this {
    this.#room(end - start);
    const buffer = this.#buffer;
    if (end - start <= shortBytes) for (let at = start; at < end; at++) buffer[this.#end++] = bytes[at] as number;
    else this.#end += bytes.copy(buffer, this.#end, start, end);
    return this;
  }

  /** An RDB length. Spec: redis rdb.c, rdbSaveLen. */
  count(value: number | bigint): this {
    const small = Number(value);
    if (small < 0x40) return this.byte(small);
    this.#room(9);
    if (small < 0x4000) this.#end = this.#buffer.writeUInt16BE(small | 0x4000, this.#end);
    else if (small <= 0xffff_ffff) {
      this.#buffer[this.#end] = 0x80;
      this.#end = this.#buffer.writeUInt32BE(small, this.#end + 1);
    } else {
      this.#buffer[this.#end] = 0x81;
      this.#end = this.#buffer.writeBigUInt64BE(BigInt(value), this.#end + 1);
    }
    return this;
  }

  /** A string as it is: neither packed nor as an integer, so that every server reads it. */
  string(bytes: Buffer): this {
    return this.count(bytes.length).raw(bytes);
  }

  double(value: number): this {
    this.#room(8);
    this.#end = this.#buffer.writeDoubleLE(value, this.#end);
    return this;
  }

  /** Milliseconds as 64 bits, low byte first. */
  time(ms: number): this {
    this.#room(8);
    const whole = Math.trunc(ms);
    const high = Math.floor(whole / 4_294_967_296);
    this.#buffer.writeUInt32LE(whole - high * 4_294_967_296, this.#end);
    this.#end = this.#buffer.writeInt32LE(high, this.#end + 4);
    return this;
  }

  #room(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#end + bytes));
    this.#buffer.copy(bigger, 0, 0, this.#end);
    this.#buffer = bigger;
  }
}
