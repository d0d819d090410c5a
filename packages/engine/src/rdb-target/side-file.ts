import { type FileHandle, open, rm } from 'node:fs/promises';
import { classifyFileError } from '../state/file-error.ts';
import type { CheckedOutput } from './checked-output.ts';

const readBytes = 1_048_576;

/**
 * Keeps the elements of a large value on disk until their number is known, which has to stand before them.
 *
 * Throws `host.disk_full` and `host.file_failed`.
 */
export class SideFile {
  readonly #path: string;
  #file: FileHandle | null = null;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async add(bytes: Buffer): Promise<void> {
    try {
      this.#file ??= await open(this.#path, 'w+', 0o600);
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#bytes);
        at += bytesWritten;
        this.#bytes += bytesWritten;
      }
    } catch (error) {
      throw classifyFileError(error, this.#path);
    }
  }

  /** Gives all that was added to the output, and is empty again. */
  async moveTo(out: CheckedOutput): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    for (let at = 0; at < this.#bytes; ) {
      const bytesRead = await this.#read(buffer, at);
      await out.add(buffer, 0, bytesRead);
      at += bytesRead;
    }
    await this.discard();
  }

  async discard(): Promise<void> {
    this.#bytes = 0;
    if (!this.#file) return;
    await this.#file.close();
    this.#file = null;
    await rm(this.#path, { force: true });
  }

  async #read(buffer: Buffer, at: number): Promise<number> {
    try {
      const length = Math.min(buffer.length, this.#bytes - at);
      const { bytesRead = 0 } = (await this.#file?.read(buffer, 0, length, at)) ?? {};
      if (bytesRead === 0) throw new Error('the file became shorter');
      return bytesRead;
    } catch (error) {
      throw classifyFileError(error, this.#path);
    }
  }
}
