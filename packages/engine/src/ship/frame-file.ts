import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { withFile } from '../state/file-error.ts';

const bufferedBytes = 65_536;
const headBytes = 4;

/** Records that wait in a file until they can be used, in their order. Throws `host.disk_full` and `host.file_failed`. */
export class FrameFile {
  readonly #path: string;
  readonly #buffer = Buffer.alloc(bufferedBytes);
  #held = 0;
  #size = 0;
  #file = -1;

  constructor(path: string) {
    this.#path = path;
  }

  /** Adds a record that is made of these parts. */
  add(...parts: readonly Buffer[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (this.#held + headBytes > bufferedBytes) this.#flush();
    this.#held = this.#buffer.writeUInt32LE(bytes, this.#held);
    for (const part of parts) this.#put(part);
  }

  /** All records, in their order; each holds until the next. Nothing is added any more. */
  *frames(): Generator<Buffer> {
    this.#flush();
    let window = this.#buffer;
    let [start, end, at] = [0, 0, 0];
    while (at < this.#size || start < end) {
      const needed = end - start < headBytes ? headBytes : headBytes + window.readUInt32LE(start);
      if (end - start >= needed) {
        yield window.subarray(start + headBytes, start + needed);
        start += needed;
        continue;
      }
      const next = needed > window.length ? Buffer.alloc(needed) : window;
      window.copy(next, 0, start, end);
      [window, end, start] = [next, end - start, 0];
      const read = this.#read(window, end, at);
      end += read;
      at += read;
    }
  }

  /** Removes it. */
  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    rmSync(this.#path, { force: true });
    this.#file = -1;
    this.#size = 0;
    this.#held = 0;
  }

  #put(bytes: Buffer): void {
    if (this.#held + bytes.length > bufferedBytes) this.#flush();
    if (bytes.length > bufferedBytes) this.#write(bytes, bytes.length);
    else this.#held += bytes.copy(this.#buffer, this.#held);
  }

  #flush(): void {
    this.#write(this.#buffer, this.#held);
    this.#held = 0;
  }

  #write(bytes: Buffer, length: number): void {
    withFile(this.#path, () => {
      if (this.#file < 0) {
        mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
        this.#file = openSync(this.#path, 'w+', 0o600);
      }
      for (let done = 0; done < length; ) done += writeSync(this.#file, bytes, done, length - done, this.#size + done);
    });
    this.#size += length;
  }

  #read(into: Buffer, from: number, at: number): number {
    return withFile(this.#path, () => {
      const read = readSync(this.#file, into, from, into.length - from, at);
      if (read === 0) throw Object.assign(new Error('the file was cut short'), { code: 'EIO' });
      return read;
    });
  }
}
