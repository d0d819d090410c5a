import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FerryError } from '@cacheferry/kernel';
import { withFile } from '../state/file-error.ts';

const idBytes = 16;
const recordBytes = 32;
const windowBytes = 16_384;

/** When an entry of a stream was delivered last, and how often. */
export type Delivery = { deliveredAtMs: number; deliveries: number };

/**
 * The pending entries of one group of a stream, in a file: there may be more of them than fit into memory. They come in
 * the order of their ids, and are asked for when all are in.
 *
 * Throws `host.disk_full` and `host.file_failed`, `rdb.corrupt` where they are out of order.
 */
export class PendingList {
  readonly #path: string;
  readonly #offset: number;
  readonly #window = Buffer.alloc(windowBytes);
  readonly #last = Buffer.alloc(idBytes);
  #file = -1;
  /** Bytes in the file. */
  #size = 0;
  /** Bytes in the window, and where in the file they belong. */
  #held = 0;
  #heldAt = 0;
  count = 0;

  /** `offset`: where in the RDB the stream stands. */
  constructor(path: string, offset: number) {
    this.#path = path;
    this.#offset = offset;
  }

  /** Begins another list. */
  clear(): void {
    this.#size = 0;
    this.#held = 0;
    this.#heldAt = 0;
    this.count = 0;
  }

  add(id: Buffer, { deliveredAtMs, deliveries }: Delivery): void {
    if (this.count++ > 0 && this.#last.compare(id) >= 0)
      throw new FerryError('rdb.corrupt', { offset: this.#offset, reason: 'pending entries out of order' });
    id.copy(this.#last);
    if (this.#held + recordBytes > windowBytes) this.#flush();
    id.copy(this.#window, this.#held);
    this.#window.writeDoubleLE(deliveredAtMs, this.#held + idBytes);
    this.#window.writeDoubleLE(deliveries, this.#held + idBytes + 8);
    this.#held += recordBytes;
  }

  find(id: Buffer): Delivery | null {
    if (this.#size === this.#heldAt) this.#flush();
    if (this.#size === 0) return null;
    if (!this.#isInWindow(id)) this.#seek(id);
    let [low, high] = [0, this.#held / recordBytes];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle * recordBytes, id) <= 0) low = middle + 1;
      else high = middle;
    }
    const at = (low - 1) * recordBytes;
    if (low === 0 || this.#compare(at, id) !== 0) return null;
    return {
      deliveredAtMs: this.#window.readDoubleLE(at + idBytes),
      deliveries: this.#window.readDoubleLE(at + idBytes + 8),
    };
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    rmSync(this.#path, { force: true });
    this.#file = -1;
    this.clear();
  }

  /** How an id of the window stands to the one that is wanted. */
  #compare(at: number, id: Buffer): number {
    return this.#window.compare(id, 0, idBytes, at, at + idBytes);
  }

  #isInWindow(id: Buffer): boolean {
    return this.#held > 0 && this.#compare(0, id) <= 0 && this.#compare(this.#held - recordBytes, id) >= 0;
  }

  /** Reads the window whose first id is the last that is not behind the wanted one. */
  #seek(id: Buffer): void {
    let [low, high] = [0, Math.ceil(this.#size / windowBytes)];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      this.#read(middle * windowBytes, idBytes);
      if (this.#compare(0, id) <= 0) low = middle;
      else high = middle;
    }
    this.#read(low * windowBytes, windowBytes);
  }

  #read(at: number, most: number): void {
    const bytes = Math.min(most, this.#size - at);
    withFile(this.#path, () => {
      for (let done = 0; done < bytes; ) {
        const read = readSync(this.#file, this.#window, done, bytes - done, at + done);
        if (read === 0) throw Object.assign(new Error('the file was cut short'), { code: 'EIO' });
        done += read;
      }
    });
    this.#held = bytes;
    this.#heldAt = at;
  }

  #flush(): void {
    withFile(this.#path, () => {
      if (this.#file < 0) {
        mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
        this.#file = openSync(this.#path, 'w+', 0o600);
      }
      for (let done = 0; done < this.#held; )
        done += writeSync(this.#file, this.#window, done, this.#held - done, this.#size + done);
    });
    this.#size += this.#held;
    this.#heldAt = this.#size;
    this.#held = 0;
  }
}
