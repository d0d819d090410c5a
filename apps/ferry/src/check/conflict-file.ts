import { closeSync, openSync, writeSync } from 'node:fs';
import type { Conflict } from '@cacheferry/contract';

/** Conflicts as JSON lines in a file, written as they are found. */
export class ConflictFile {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'w', 0o600);
  }

  write(conflict: Conflict): void {
    writeSync(this.#file, `${JSON.stringify(conflict)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}
