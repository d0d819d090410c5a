import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KeyHash } from '../ship/key-hash.ts';
import { withFile } from '../state/file-error.ts';
import { HashFile } from './hash-file.ts';
import type { KeyId } from './key-id.ts';

/** Parts of the table: so each can be written anew, when it grows, without a pause that one notices. */
const partCount = 64;
const bufferedBytes = 65_536;
const lengthBytes = 4;

/**
 * A set of ids in two files, none of it in memory: their hashes, to find one, and their names in the order they came, to
 * give them back. Begins empty. Throws `host.disk_full` and `host.file_failed`.
 */
export class SpilledIds {
  readonly #dir: string;
  readonly #names: string;
  readonly #hash = new KeyHash();
  readonly #parts: HashFile[] = [];
  readonly #buffer = Buffer.allocUnsafe(bufferedBytes);
  #buffered = 0;
  #file = -1;
  #end = 0;
  /** Where the first name begins that was not given back. */
  #next = 0;
  #count = 0;

  /** `dir`: a folder of its own, which is removed when the set is empty. */
  constructor(dir: string) {
    this.#dir = dir;
    this.#names = join(dir, 'names');
    for (let part = 0; part < partCount; part++) this.#parts.push(new HashFile(join(dir, `hashes.${part}`)));
  }

  get size(): number {
    return this.#count;
  }

  has(id: KeyId): boolean {
    return this.#count > 0 && this.#partOf(id).has(this.#hash.high, this.#hash.low);
  }

  add(id: KeyId): void {
    if (this.#file < 0) this.#open();
    if (!this.#partOf(id).add(this.#hash.high, this.#hash.low)) return;
    this.#count++;
    const bytes = Buffer.from(id, 'latin1');
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32LE(bytes.length);
    for (const piece of [length, bytes]) this.#append(piece);
  }

  delete(id: KeyId): void {
    if (!this.#partOf(id).delete(this.#hash.high, this.#hash.low)) return;
    this.#count--;
    if (this.#count === 0) this.clear();
  }

  /** Takes out up to so many of those that came first. */
  take(count: number): KeyId[] {
    const taken: KeyId[] = [];
    for (const [id, end] of this.#read(this.#next)) {
      this.#next = end;
      if (!this.has(id)) continue;
      taken.push(id);
      this.delete(id);
      if (taken.length >= count || this.#count === 0) break;
    }
    return taken;
  }

  /** All of them, some perhaps twice. */
  *all(): Generator<KeyId> {
    for (const [id] of this.#read(this.#next)) if (this.has(id)) yield id;
  }

  clear(): void {
    for (const part of this.#parts) part.close();
    if (this.#file >= 0) closeSync(this.#file);
    rmSync(this.#dir, { recursive: true, force: true });
    this.#file = -1;
    this.#buffered = 0;
    this.#end = 0;
    this.#next = 0;
    this.#count = 0;
  }

  #open(): void {
    withFile(this.#names, () => {
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
      this.#file = openSync(this.#names, 'w+', 0o600);
    });
  }

  #partOf(id: KeyId): HashFile {
    const bytes = Buffer.from(id, 'latin1');
    const { high } = this.#hash.of(0, bytes, 0, bytes.length);
    return this.#parts[high % partCount] as HashFile;
  }

  #append(bytes: Buffer): void {
    if (this.#buffered + bytes.length > bufferedBytes) this.#flush();
    if (bytes.length > bufferedBytes) return this.#write(bytes);
    this.#buffered += bytes.copy(this.#buffer, this.#buffered);
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #write(bytes: Buffer): void {
    withFile(this.#names, () => {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#end + done);
    });
    this.#end += bytes.length;
  }

  /** The ids from a place on, each with where it ends. */
  *#read(from: number): Generator<[KeyId, number]> {
    if (this.#count === 0) return;
    this.#flush();
    let held = Buffer.alloc(0);
    let at = from;
    for (let place = from; place < this.#end; ) {
      const more = Buffer.alloc(Math.min(bufferedBytes, this.#end - place));
      const read = withFile(this.#names, () => readSync(this.#file, more, 0, more.length, place));
      if (read === 0) return;
      place += read;
      held = Buffer.concat([held, more.subarray(0, read)]);
      for (;;) {
        const end = held.length < lengthBytes ? Number.POSITIVE_INFINITY : lengthBytes + held.readUInt32LE(0);
        if (end > held.length) break;
        at += end;
        yield [held.toString('latin1', lengthBytes, end), at];
        held = held.subarray(end);
      }
    }
  }
}
