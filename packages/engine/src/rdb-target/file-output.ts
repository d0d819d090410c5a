import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { classifyFileError } from '../state/file-error.ts';

/**
 * A file that appears under its name only when all of it is on disk; packed when its name ends with `.gz`.
 *
 * Throws `host.disk_full` and `host.file_failed`.
 */
export class FileOutput {
  readonly #path: string;
  readonly #draft: string;
  readonly #file: WriteStream;
  readonly #in: Writable;
  #failure: Error | null = null;

  constructor(file: string) {
    this.#path = file;
    this.#draft = `${file}.draft`;
    this.#file = createWriteStream(this.#draft, { mode: 0o600, flush: true });
    const gzip = file.endsWith('.gz') ? createGzip({ level: 1 }) : null;
    gzip?.pipe(this.#file);
    this.#in = gzip ?? this.#file;
    for (const stream of new Set<Writable>([this.#file, this.#in])) stream.on('error', (error) => this.#fail(error));
  }

  /** Resolves when more can be taken; the bytes are not looked at afterwards. */
  async write(bytes: Buffer): Promise<void> {
    this.#throwFailure();
    if (bytes.length === 0) return;
    // What is not on disk when this returns may be written over by the caller.
    const isTaken = new Promise<void>((resolve, reject) => {
      this.#in.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    await isTaken.catch((error: unknown) => {
      throw classifyFileError(error, this.#draft);
    });
  }

  /** All was written: the file gets its name. */
  async finish(): Promise<void> {
    this.#throwFailure();
    const closed = once(this.#file, 'close');
    this.#in.end();
    await closed;
    this.#throwFailure();
    try {
      await rename(this.#draft, this.#path);
      const dir = await open(path.dirname(path.resolve(this.#path)), 'r');
      await dir.sync().finally(() => dir.close());
    } catch (error) {
      throw classifyFileError(error, this.#path);
    }
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#in.destroy();
    this.#file.destroy();
    if (!this.#file.closed) await once(this.#file, 'close');
    await rm(this.#draft, { force: true });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#file.destroy();
  }

  #throwFailure(): void {
    if (this.#failure) throw classifyFileError(this.#failure, this.#draft);
  }
}
