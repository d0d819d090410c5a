import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { withFile } from '../state/file-error.ts';

const slotBytes = 8;
const firstSlots = 1_024;
/** Slots that are read at once. */
const windowSlots = 16;
/** A slot whose hash was taken out: a search goes on behind it. */
const removed = 0xffff_ffff;

/**
 * A set of 64-bit hashes in a file: a hash table of which nothing is in memory. Grows by being written anew, twice as
 * large. Begins empty, whatever the file held. Throws `host.disk_full` and `host.file_failed`.
 */
export class HashFile {
  readonly #path: string;
  readonly #window = Buffer.alloc(windowSlots * slotBytes);
  #file = -1;
  #slots = firstSlots;
  /** Slots that are not free, those of hashes that were taken out too. */
  #used = 0;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get size(): number {
    return this.#count;
  }

  has(high: number, low: number): boolean {
    return this.#count > 0 && this.#find(high, secondOf(high, low)) >= 0;
  }

  /** False when it was in already. */
  add(high: number, low: number): boolean {
    const second = secondOf(high, low);
    if (this.#file < 0) this.#replace(Buffer.alloc(firstSlots * slotBytes));
    let found = this.#find(high, second);
    if (found >= 0) return false;
    if (this.#used * 2 >= this.#slots) {
      this.#grow();
      found = this.#find(high, second);
    }
    this.#write(-1 - found, high, second);
    this.#used++;
    this.#count++;
    return true;
  }

  /** False when it was not in. */
  delete(high: number, low: number): boolean {
    const at = this.#count > 0 ? this.#find(high, secondOf(high, low)) : -1;
    if (at < 0) return false;
    this.#write(at, removed, removed);
    this.#count--;
    return true;
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
    this.#used = 0;
    this.#count = 0;
    this.#slots = firstSlots;
  }

  /** The slot of a hash; −1 − the free one behind its place when it is not in. */
  #find(high: number, low: number): number {
    for (let at = (low ^ (high >>> 7)) & (this.#slots - 1); ; ) {
      const count = Math.min(windowSlots, this.#slots - at);
      this.#read(this.#window, count * slotBytes, at * slotBytes);
      for (let index = 0; index < count; index++) {
        const first = this.#window.readUInt32LE(index * slotBytes);
        const second = this.#window.readUInt32LE(index * slotBytes + 4);
        if (first === 0 && second === 0) return -1 - (at + index);
        if (first === high && second === low) return at + index;
      }
      at = (at + count) & (this.#slots - 1);
    }
  }

  #grow(): void {
    const old = Buffer.alloc(this.#slots * slotBytes);
    this.#read(old, old.length, 0);
    // Where most were taken out again, their places are enough.
    if (this.#count * 4 > this.#slots) this.#slots *= 2;
    const table = Buffer.alloc(this.#slots * slotBytes);
    for (let at = 0; at < old.length; at += slotBytes) {
      const [high, low] = [old.readUInt32LE(at), old.readUInt32LE(at + 4)];
      const isEmpty = (high === 0 && low === 0) || (high === removed && low === removed);
      if (!isEmpty) put(table, this.#slots - 1, high, low);
    }
    this.#used = this.#count;
    this.#replace(table);
  }

  #replace(table: Buffer): void {
    withFile(this.#path, () => {
      if (this.#file < 0) this.#file = openSync(this.#path, 'w+', 0o600);
      for (let done = 0; done < table.length; ) done += writeSync(this.#file, table, done, table.length - done, done);
    });
  }

  #write(slot: number, high: number, low: number): void {
    this.#window.writeUInt32LE(high, 0);
    this.#window.writeUInt32LE(low, 4);
    withFile(this.#path, () => writeSync(this.#file, this.#window, 0, slotBytes, slot * slotBytes));
  }

  #read(into: Buffer, bytes: number, from: number): void {
    withFile(this.#path, () => {
      for (let done = 0; done < bytes; ) {
        const read = readSync(this.#file, into, done, bytes - done, from + done);
        if (read === 0) throw Object.assign(new Error('the file was cut short'), { code: 'EIO' });
        done += read;
      }
    });
  }
}

function put(table: Buffer, mask: number, high: number, low: number): void {
  let at = (low ^ (high >>> 7)) & mask;
  while (table.readUInt32LE(at * slotBytes) !== 0 || table.readUInt32LE(at * slotBytes + 4) !== 0) at = (at + 1) & mask;
  table.writeUInt32LE(high, at * slotBytes);
  table.writeUInt32LE(low, at * slotBytes + 4);
}

/** Two zeros mark a free slot, two times `removed` one that was freed. */
const secondOf = (high: number, low: number): number =>
  (high === 0 && low === 0) || (high === removed && low === removed) ? 1 : low;
