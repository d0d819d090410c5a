import type { RdbEntry } from '@cacheferry/rdb';
import { digitCount, type OutputBuffer } from './output-buffer.ts';

/** Larger strings are written one by one: a copy of theirs costs more than a command. */
const groupedStringBytes = 16_384;

/**
 * Strings without expiry that one MSETNX or MSET is to write: a target takes them in half the time of RESTORE.
 *
 * Spec: the string encodings of rdb.c, rdbGenericLoadStringObject.
 */
export class StringGroup {
  count = 0;
  /** Database of the strings in it. */
  db = -1;
  /** Place in the source of the first. */
  mark = -1;
  #pairs: OutputBuffer | null = null;
  readonly #room: () => OutputBuffer;

  /** `room`: a buffer for its keys and values, taken with the first. */
  constructor(room: () => OutputBuffer) {
    this.#room = room;
  }

  /** Bytes that it adds to the batch. */
  get sizeBytes(): number {
    return this.#pairs?.length ?? 0;
  }

  reset(): void {
    this.count = 0;
    this.#pairs?.reset();
  }

  /**
   * Takes a string; false when it is stored in a form that has to be left to the target. `isInArena`: the entry's buffer
   * begins where the arena does.
   */
  add(entry: RdbEntry, isInArena = false): boolean {
    const { buffer, valueStart, valueEnd, keyStart, keyEnd } = entry;
    if (valueEnd - valueStart > groupedStringBytes || keyEnd - keyStart > groupedStringBytes) return false;
    const first = buffer[valueStart] as number;
    if (!isPlain(first)) return false;
    this.#pairs ??= this.#room();
    const pairs = this.#pairs;
    if (this.count++ === 0) {
      this.db = entry.db;
      this.mark = entry.offset;
    }
    pairs.bulkAt(isInArena && entry.keyBuffer === buffer ? keyStart : -1, entry.keyBuffer, keyStart, keyEnd);
    if (first >= 0xc0) writeInteger(pairs, integerAt(buffer, valueStart + 1, first));
    else {
      const at = valueStart + (first < 0x40 ? 1 : first < 0x80 ? 2 : 5);
      pairs.bulkAt(isInArena ? at : -1, buffer, at, valueEnd);
    }
    return true;
  }

  /** The command that writes them all; `name`: MSETNX or MSET. */
  writeTo(out: OutputBuffer, name: Buffer): void {
    const pairs = this.#pairs as OutputBuffer;
    out.reserve(pairs.length + 64);
    out.head(0x2a, this.count * 2 + 1);
    out.bulk(name);
    out.raw(pairs.bytes, 0, pairs.length);
  }
}

/** Whether a string begins as one that is neither packed nor longer than 32 bits can say. */
const isPlain = (first: number): boolean => first <= 0x80 || (first >= 0xc0 && first < 0xc3);

function integerAt(buffer: Buffer, at: number, encoding: number): number {
  if (encoding === 0xc0) return buffer.readInt8(at);
  return encoding === 0xc1 ? buffer.readInt16LE(at) : buffer.readInt32LE(at);
}

function writeInteger(out: OutputBuffer, value: number): void {
  if (value >= 0) return out.bulkNumber(value);
  out.reserve(48);
  out.head(0x24, digitCount(-value) + 1);
  out.bytes[out.length++] = 0x2d;
  out.digits(-value);
  out.lineEnd();
}
