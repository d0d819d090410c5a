import { Crc64 } from '@cacheferry/rdb';
import type { FileOutput } from './file-output.ts';

const fullBytes = 1_048_576;
/** Above that, bytes are not worth a copy. */
const copiedBytes = 65_536;

/** Gathers the bytes of a file, small pieces in one write, and their checksum. */
export class CheckedOutput {
  bytesOut = 0;
  readonly #file: FileOutput;
  readonly #crc = new Crc64();
  readonly #held = Buffer.allocUnsafeSlow(fullBytes);
  #end = 0;

  constructor(file: FileOutput) {
    this.#file = file;
  }

  /** Takes bytes; a promise where they have to reach the file before more can be taken. */
  add(bytes: Buffer, from = 0, to = bytes.length): Promise<void> | undefined {
    if (to - from > copiedBytes || this.#end + to - from > fullBytes) return this.#write(bytes, from, to);
    this.#end += bytes.copy(this.#held, this.#end, from, to);
    return undefined;
  }

  /** Hands all bytes to the file. */
  async flush(): Promise<void> {
    if (this.#end === 0) return;
    const bytes = this.#held.subarray(0, this.#end);
    this.#end = 0;
    await this.#put(bytes);
  }

  /** The checksum of all that was added, as the last bytes. */
  async addChecksum(): Promise<void> {
    await this.flush();
    const trailer = Buffer.alloc(8);
    this.#crc.write(trailer, 0);
    await this.#put(trailer);
  }

  async #write(bytes: Buffer, from: number, to: number): Promise<void> {
    await this.flush();
    await this.#put(bytes.subarray(from, to));
  }

  async #put(bytes: Buffer): Promise<void> {
    this.#crc.update(bytes, 0, bytes.length);
    await this.#file.write(bytes);
    this.bytesOut += bytes.length;
  }
}
