import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { classifyFileError, withFile } from '../state/file-error.ts';
import { HashSet } from './hash-set.ts';

/** Files of one set: so many parts that one of them fits into memory when the whole set does not. */
export const partCount = 256;
const bufferedBytes = 8_192;
const hashBytes = 8;

/** Which part a hash belongs to. */
export const partOf = (high: number): number => high >>> 24;

/**
 * A set of key hashes on disk, in parts by hash: eight bytes per key, a fixed amount of memory while it is written.
 *
 * `payload` parts hold whole records instead (`KeyRecords`).
 */
export class KeyFiles {
  readonly #dir: string;
  readonly #name: string;
  readonly #buffers: Buffer[] = [];
  readonly #used = new Int32Array(partCount);
  readonly #files: number[] = [];

  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
  }

  /** Begins anew, or goes on behind what is there. */
  open(mode: 'new' | 'append'): this {
    this.close();
    withFile(this.#dir, () => mkdirSync(this.#dir, { recursive: true, mode: 0o700 }));
    for (let part = 0; part < partCount; part++) {
      const file = withFile(this.#path(part), () => openSync(this.#path(part), mode === 'new' ? 'w' : 'a', 0o600));
      this.#files.push(file);
      this.#buffers.push(Buffer.allocUnsafe(bufferedBytes));
      this.#used[part] = 0;
    }
    return this;
  }

  add(high: number, low: number): void {
    const part = partOf(high);
    const buffer = this.#room(part, hashBytes);
    let at = this.#used[part] as number;
    at = buffer.writeUInt32LE(high, at);
    this.#used[part] = buffer.writeUInt32LE(low, at);
  }

  /** A whole record in the part of a hash. */
  addRecord(high: number, record: Buffer): void {
    const part = partOf(high);
    if (record.length > bufferedBytes) {
      this.#flush(part);
      this.#write(part, record, record.length);
      return;
    }
    const buffer = this.#room(part, record.length);
    this.#used[part] = (this.#used[part] as number) + record.copy(buffer, this.#used[part]);
  }

  /** Puts everything into the files and closes them. */
  close(): void {
    for (let part = 0; part < this.#files.length; part++) {
      this.#flush(part);
      closeSync(this.#files[part] as number);
    }
    this.#files.length = 0;
    this.#buffers.length = 0;
  }

  /** The bytes of one part; empty when it was never written. */
  read(part: number): Buffer {
    try {
      return readFileSync(this.#path(part));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw classifyFileError(error, this.#path(part));
    }
  }

  /** Adds the hashes of one part to a set; a torn last one is left out. */
  readInto(part: number, set: HashSet): void {
    const bytes = this.read(part);
    for (let at = 0; at + hashBytes <= bytes.length; at += hashBytes)
      set.add(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4));
  }

  remove(): void {
    this.close();
    for (let part = 0; part < partCount; part++) rmSync(this.#path(part), { force: true });
  }

  #room(part: number, bytes: number): Buffer {
    if ((this.#used[part] as number) + bytes > bufferedBytes) this.#flush(part);
    return this.#buffers[part] as Buffer;
  }

  #flush(part: number): void {
    const used = this.#used[part] as number;
    if (used > 0) this.#write(part, this.#buffers[part] as Buffer, used);
    this.#used[part] = 0;
  }

  #write(part: number, bytes: Buffer, length: number): void {
    try {
      for (let done = 0; done < length; ) done += writeSync(this.#files[part] as number, bytes, done, length - done);
    } catch (error) {
      throw classifyFileError(error, this.#path(part));
    }
  }

  #path(part: number): string {
    return join(this.#dir, `${this.#name}.${part}`);
  }
}
