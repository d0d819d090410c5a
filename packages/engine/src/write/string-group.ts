import type { RdbEntry } from '@cacheferry/rdb';
import type { OutputBuffer } from './output-buffer.ts';
import { isPlainString, writePlainString } from './plain-string.ts';

/** So many keys of one group are told apart; a power of two. */
const slots = 16_384;

/** Strings without expiry that one MSETNX or MSET is to write: a target takes them in half the time of RESTORE. */
export class StringGroup {
  count = 0;
  /** Database of the strings in it. */
  db = -1;
  /** Place in the source of the first. */
  mark = -1;
  #pairs: OutputBuffer | null = null;
  /** Hashes of its keys, where a key that comes twice is to be noticed: they count while the group's number stands beside them. */
  #hashes: { of: Int32Array; group: Int32Array } | null = null;
  #number = 1;
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
    this.#number = (this.#number + 1) | 0;
    this.#pairs?.reset();
  }

  /**
   * Whether a string is not yet in it, for the strings of a file: one command would write a key twice without a word. Some
   * others are taken for one that is, by their hash.
   */
  isNew({ keyBuffer, keyStart, keyEnd }: RdbEntry): boolean {
    this.#hashes ??= { of: new Int32Array(slots), group: new Int32Array(slots) };
    let hash = -2_128_831_035;
    for (let at = keyStart; at < keyEnd; at++) hash = Math.imul(hash ^ (keyBuffer[at] as number), 16_777_619);
    const { of, group } = this.#hashes;
    for (let at = hash & (slots - 1), tried = 0; tried < slots; at = (at + 1) & (slots - 1), tried++) {
      if (group[at] === this.#number && of[at] !== hash) continue;
      const isNew = group[at] !== this.#number;
      of[at] = hash;
      group[at] = this.#number;
      return isNew;
    }
    return false;
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
