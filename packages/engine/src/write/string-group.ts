import type { RdbEntry } from '@cacheferry/rdb';
import type { OutputBuffer } from './output-buffer.ts';
import { isPlainString, writePlainString } from './plain-string.ts';

/** Strings without expiry that one MSETNX or MSET is to write: a target takes them in half the time of RESTORE. */
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
    if (!isPlainString(entry)) return false;
    this.#pairs ??= this.#room();
    if (this.count++ === 0) {
      this.db = entry.db;
      this.mark = entry.offset;
    }
    writePlainString(this.#pairs, entry, isInArena);
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
