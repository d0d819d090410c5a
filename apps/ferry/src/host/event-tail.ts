import fs from 'node:fs';
import { findLineAfter, seqOf } from './find-line.ts';

const readBytes = 256 * 1024;

/** Reads the lines of a growing `events.jsonl` above a number: whole lines only, each once. */
export class EventTail {
  readonly #path: string;
  #file: number | null = null;
  #at = 0;
  #seq: number;

  constructor(path: string, after: number) {
    this.#path = path;
    this.#seq = after;
  }

  /** The number of the last line that was read. */
  get seq(): number {
    return this.#seq;
  }

  /** The next lines as they stand in the file; empty when there is none yet. */
  read(): Buffer {
    const file = this.#open();
    if (file === null) return Buffer.alloc(0);
    const { size } = fs.fstatSync(file);
    // A restarted engine cuts off a line that its forerunner left unfinished; it never cuts whole ones.
    if (size < this.#at) this.#at = findLineAfter(file, this.#seq);
    if (size === this.#at) return Buffer.alloc(0);
    const buffer = Buffer.alloc(readBytes);
    const bytes = buffer.subarray(0, fs.readSync(file, buffer, 0, readBytes, this.#at));
    const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
    if (whole.length === 0) return whole;
    this.#at += whole.length;
    const last = whole.subarray(whole.lastIndexOf(10, whole.length - 2) + 1);
    this.#seq = seqOf(last) ?? this.#seq;
    return whole;
  }

  close(): void {
    if (this.#file !== null) fs.closeSync(this.#file);
    this.#file = null;
  }

  #open(): number | null {
    if (this.#file !== null) return this.#file;
    try {
      this.#file = fs.openSync(this.#path, 'r');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
    this.#at = findLineAfter(this.#file, this.#seq);
    return this.#file;
  }
}
