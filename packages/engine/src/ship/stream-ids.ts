import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StreamId } from '@cacheferry/rdb';
import { withFile } from '../state/file-error.ts';

const idBytes = 16;
const windowBytes = 65_536;

/**
 * The ids of a stream's entries, in a file: a stream may have more of them than fit into memory. They come in their
 * order, and are asked for when all are in. Throws `host.disk_full` and `host.file_failed`.
 */
export class StreamIds {
  readonly #path: string;
  readonly #window = Buffer.alloc(windowBytes);
  readonly #wanted = Buffer.alloc(idBytes);
  #file = -1;
  /** Bytes in the file. */
  #size = 0;
  /** Bytes in the window, and where in the file they belong. */
  #held = 0;
  #heldAt = 0;

  constructor(path: string) {
    this.#path = path;
  }

  add(id: StreamId): void {
    if (this.#held + idBytes > windowBytes) this.#flush();
    writeId(this.#window, this.#held, id);
    this.#held += idBytes;
  }

  has(id: StreamId): boolean {
    if (this.#size === this.#heldAt) this.#flush();
    writeId(this.#wanted, 0, id);
    if (this.#size === 0) return false;
    if (!this.#isInWindow()) this.#seek();
    let [low, high] = [0, this.#held / idBytes];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle * idBytes) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && this.#compare((low - 1) * idBytes) === 0;
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    rmSync(this.#path, { force: true });
    this.#file = -1;
    this.#size = 0;
    this.#held = 0;
    this.#heldAt = 0;
  }

  /** How an id of the window stands to the one that is wanted. */
  #compare(at: number): number {
    return this.#window.compare(this.#wanted, 0, idBytes, at, at + idBytes);
  }

  #isInWindow(): boolean {
    return this.#held > 0 && this.#compare(0) <= 0 && this.#compare(this.#held - idBytes) >= 0;
  }

  /** Reads the window whose first id is the last that is not behind the wanted one. */
  #seek(): void {
    let [low, high] = [0, Math.ceil(this.#size / windowBytes)];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      this.#read(middle * windowBytes, idBytes);
      if (this.#compare(0) <= 0) low = middle;
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

function writeId(into: Buffer, at: number, id: StreamId): void {
  const dash = id.indexOf('-');
  into.writeBigUInt64BE(BigInt(id.slice(0, dash)), at);
  into.writeBigUInt64BE(BigInt(id.slice(dash + 1)), at + 8);
}
