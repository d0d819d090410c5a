import type { DumpArena } from '@cacheferry/rdb';

/** A part of an arena that an output buffer uses as long as it suffices. */
export type ArenaRoom = { arena: DumpArena; bytes: Buffer; at: number };

const cr = 0x0d;
const lf = 0x0a;
/** Below this a loop is faster than a call into native code. */
const shortCopyBytes = 48;
/** A buffer that grew for a large value holds so much more: what closes a batch needs no second growth. */
const spareBytes = 16_384;

/**
 * Protocol bytes on their way to a target, in one buffer that is filled again and again.
 *
 * Grows to what a batch needs and gives the growth back on `reset`. Whoever sent its bytes must not reset it before the
 * target has answered.
 */
export class OutputBuffer {
  bytes: Buffer;
  length = 0;
  /** Where `bytes` begins in the arena; −1 while it lies elsewhere. */
  arenaAt: number;
  readonly arena: DumpArena | null;
  readonly #first: Buffer;
  readonly #firstAt: number;

  constructor(first: number | ArenaRoom = 1_310_720) {
    const room = typeof first === 'number' ? null : first;
    this.arena = room?.arena ?? null;
    this.#first = typeof first === 'number' ? Buffer.allocUnsafeSlow(first) : first.bytes;
    this.#firstAt = room?.at ?? -1;
    this.bytes = this.#first;
    this.arenaAt = this.#firstAt;
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const doubled = Math.min(this.bytes.length * 2, this.length + 67_108_864);
    const wanted = Math.max(this.length + size + spareBytes, doubled);
    const grown = Buffer.allocUnsafeSlow(wanted);
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.arenaAt = -1;
  }

  /** What was written, as it lies in the buffer. */
  view(from = 0): Buffer {
    return this.bytes.subarray(from, this.length);
  }

  /** Starts anew. */
  reset(): void {
    this.length = 0;
    this.bytes = this.#first;
    this.arenaAt = this.#firstAt;
  }

  /** Bytes as they are; the caller has reserved the room. */
  put(source: Buffer, start: number, end: number): void {
    const { bytes } = this;
    let to = this.length;
    if (end - start <= shortCopyBytes) for (let at = start; at < end; at++) bytes[to++] = source[at] as number;
    else to += source.copy(bytes, to, start, end);
    this.length = to;
  }

  /** Bytes that are protocol already; reserves the room. */
  raw(source: Buffer, start = 0, end = source.length): void {
    this.reserve(end - start);
    this.put(source, start, end);
  }

  /** The same from another buffer: in one arena it is done without leaving for native code. */
  rawOf(source: OutputBuffer, start: number, end: number): void {
    const size = end - start;
    this.reserve(size);
    if (this.arena === null || this.arena !== source.arena || this.arenaAt < 0 || source.arenaAt < 0)
      return this.put(source.bytes, start, end);
    this.arena.copy(source.arenaAt + start, size, this.arenaAt + this.length);
    this.length += size;
  }

  /** `*n` or `$n` and its line end; the caller has reserved 24 bytes. */
  head(type: number, value: number): void {
    const { bytes } = this;
    bytes[this.length++] = type;
    this.digits(value);
    bytes[this.length++] = cr;
    bytes[this.length++] = lf;
  }

  /** A whole number ≥ 0 in decimal, without a line end. */
  digits(value: number): void {
    if (value < 1000) return this.#shortDigits(value);
    const { bytes } = this;
    const end = this.length + digitCount(value);
    let rest = value;
    for (let at = end - 1; at >= this.length; at--) {
      const next = rest < 0x7fff_ffff ? (rest / 10) | 0 : Math.floor(rest / 10);
      bytes[at] = 0x30 + (rest - next * 10);
      rest = next;
    }
    this.length = end;
  }

  #shortDigits(value: number): void {
    const { bytes } = this;
    if (value >= 100) bytes[this.length++] = 0x30 + ((value / 100) | 0);
    if (value >= 10) bytes[this.length++] = 0x30 + (((value / 10) | 0) % 10);
    bytes[this.length++] = 0x30 + (value % 10);
  }

  lineEnd(): void {
    this.bytes[this.length++] = cr;
    this.bytes[this.length++] = lf;
  }

  /** A bulk string from bytes; reserves the room. */
  bulk(source: Buffer, start = 0, end = source.length): void {
    this.reserve(end - start + 32);
    this.head(0x24, end - start);
    this.put(source, start, end);
    this.lineEnd();
  }

  /** The same; `at`: where `source[start]` lies in the arena of this buffer, −1 when it does not. */
  bulkAt(at: number, source: Buffer, start: number, end: number): void {
    const size = end - start;
    this.reserve(size + 32);
    if (at < 0 || this.arenaAt < 0 || this.arena === null) return this.bulk(source, start, end);
    const digits = digitCount(size);
    this.arena.bulk(at, size, digits, this.arenaAt + this.length);
    this.length += size + digits + 5;
  }

  /** A bulk string that is a whole number ≥ 0 in decimal. */
  bulkNumber(value: number): void {
    this.reserve(48);
    this.head(0x24, digitCount(value));
    this.digits(value);
    this.lineEnd();
  }

  /** A bulk string from text; reserves the room. For rare commands: texts are no hot path. */
  bulkText(value: string): void {
    this.bulk(Buffer.from(value));
  }

  /** A whole command from texts, numbers and bytes. For rare commands. */
  command(...args: readonly (string | number | Buffer)[]): void {
    this.reserve(32);
    this.head(0x2a, args.length);
    for (const arg of args) {
      if (typeof arg === 'string') this.bulkText(arg);
      else if (typeof arg === 'number') this.bulkNumber(arg);
      else this.bulk(arg);
    }
  }
}

/** How many decimal digits a whole number ≥ 0 has. */
export function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}
