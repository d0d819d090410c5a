import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { withFile } from './file-error.ts';

/** Something that has happened, noted by an empty file: for whoever goes on with the run. */
export class FileMark {
  readonly #path: string;
  #isSet: boolean;

  constructor(path: string) {
    this.#path = path;
    this.#isSet = existsSync(path);
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  set(): void {
    if (this.#isSet) return;
    withFile(this.#path, () => {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(this.#path, '', { mode: 0o600 });
    });
    this.#isSet = true;
  }
}
