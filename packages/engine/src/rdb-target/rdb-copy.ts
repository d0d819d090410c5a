import { Crc64, type RdbEntry, type RdbSink, RdbWalker } from '@cacheferry/rdb';
import type { MigrationRules } from '../rules/migration-rules.ts';
import { Window } from '../ship/window.ts';
import { isBookkeeping } from '../write/bookkeeping.ts';
import type { FileOutput } from './file-output.ts';

const trailerBytes = 8;
/** The first format with a checksum at its end. */
const firstWithChecksum = 5;

/**
 * Copies an RDB as it comes into a file: every record as it stands, without the keys that are not wanted, and with a
 * checksum of its own.
 *
 * Throws `rdb.…` when what came is damaged.
 */
export class RdbCopy implements RdbSink {
  /** Keys that the source announced. */
  keysTotal = 0;
  keys = 0;
  /** Keys that were left out. */
  left = 0;
  bytesOut = 0;
  readonly #out: FileOutput;
  readonly #rules: MigrationRules | null;
  readonly #walker = new RdbWalker(this);
  readonly #window = new Window();
  readonly #crc = new Crc64();
  /** What is left out of the bytes that are being walked: from, to, from, to… in bytes of the RDB. */
  #cuts: number[] = [];
  #isCutting = false;

  constructor(out: FileOutput, rules: MigrationRules | null) {
    this.#out = out;
    this.#rules = rules;
  }

  /** Bytes of the RDB that are in the file. */
  get reached(): number {
    return this.#walker.consumed;
  }

  async take(bytes: Buffer): Promise<void> {
    const window = this.#window;
    const walker = this.#walker;
    window.append(bytes, walker.needBytes);
    if (walker.isDone || window.length < walker.needBytes) return;
    const base = walker.consumed - window.start;
    const walked = walker.walk(window.buffer, window.start, window.end);
    const end = walker.isDone && walker.version >= firstWithChecksum ? walked - trailerBytes : walked;
    let from = window.start;
    for (let at = 0; at < this.#cuts.length; at += 2) {
      await this.#put(window.buffer, from, (this.#cuts[at] as number) - base);
      from = (this.#cuts[at + 1] as number) - base;
    }
    this.#cuts = [];
    await this.#put(window.buffer, from, end);
    window.consume(walked);
  }

  /** No more bytes come. Throws `rdb.truncated` unless the RDB has ended. */
  async finish(): Promise<void> {
    this.#walker.finish();
    if (this.#walker.version < firstWithChecksum) return;
    const trailer = Buffer.alloc(trailerBytes);
    this.#crc.write(trailer, 0);
    await this.#out.write(trailer);
    this.bytesOut += trailerBytes;
  }

  resizeDb(db: number, keys: number): void {
    if (this.#rules?.takesDb(db) !== false) this.keysTotal += keys;
  }

  entry(entry: RdbEntry): void {
    if (this.#isWanted(entry)) this.keys++;
    else this.#cut(entry.offset);
  }

  entryPart(entry: RdbEntry, index: number, isLast: boolean): void {
    if (index === 0) this.#isCutting = !this.#isWanted(entry);
    if (this.#isCutting) this.#cut(index === 0 ? entry.offset : this.#walker.cursor.base + entry.valueStart);
    else if (isLast) this.keys++;
  }

  #isWanted({ db, keyBuffer, keyStart, keyEnd }: RdbEntry): boolean {
    if (isBookkeeping(keyBuffer, keyStart, keyEnd)) return false;
    const isWanted =
      this.#rules === null || (this.#rules.takesDb(db) && this.#rules.takesKey(keyBuffer, keyStart, keyEnd));
    if (!isWanted) this.left++;
    return isWanted;
  }

  /** Leaves out what the walker is just reading, from a byte of the RDB on. */
  #cut(from: number): void {
    const { cursor } = this.#walker;
    this.#cuts.push(from, cursor.base + cursor.at);
  }

  async #put(buffer: Buffer, from: number, to: number): Promise<void> {
    if (from >= to) return;
    this.#crc.update(buffer, from, to);
    await this.#out.write(buffer.subarray(from, to));
    this.bytesOut += to - from;
  }
}
