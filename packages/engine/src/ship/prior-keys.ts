import type { TargetLink } from '../route/target-link.ts';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFile } from '../state/file-error.ts';
import { scanKeys } from '../write/scan-keys.ts';
import { HashSet } from './hash-set.ts';
import { KeyFiles, partCount } from './key-files.ts';
import { KeyHash } from './key-hash.ts';

/** More keys than that are not held in memory to tell own ones from others. */
const maxInMemory = 8_000_000;

/**
 * The keys that a target had before a migration wrote to it, and which of them the migration has overwritten: kept in
 * the state directory, so that a repeated full sync can tell what is its own.
 */
export class PriorKeys {
  readonly had: KeyFiles;
  readonly overwritten: KeyFiles;
  readonly #dir: string;
  readonly #mark: string;

  constructor(dir: string) {
    this.#dir = dir;
    this.#mark = join(dir, 'had.whole');
    this.had = new KeyFiles(dir, 'had');
    this.overwritten = new KeyFiles(dir, 'overwritten');
  }

  /** Whether they were all noted before the first key was written. */
  get isKnown(): boolean {
    return existsSync(this.#mark);
  }

  /** Notes all keys of the target; before anything is written to it. */
  async note(connection: TargetLink, signal: AbortSignal): Promise<void> {
    const hash = new KeyHash();
    withFile(this.#dir, () => mkdirSync(this.#dir, { recursive: true, mode: 0o700 }));
    this.had.open('new');
    await scanKeys(
      connection,
      (db, key) => {
        hash.of(db, key, 0, key.length);
        this.had.add(hash.high, hash.low);
      },
      signal,
    );
    this.had.close();
    this.overwritten.open('new').close();
    withFile(this.#mark, () => writeFileSync(this.#mark, '', { mode: 0o600 }));
  }

  /** The keys that are still the target's own; `null` when there are too many to be held. */
  load(): HashSet | null {
    let bytes = 0;
    for (let part = 0; part < partCount; part++) bytes += this.had.read(part).length;
    if (bytes / 8 > maxInMemory) return null;
    const set = new HashSet(bytes / 8);
    for (let part = 0; part < partCount; part++) {
      const overwritten = new HashSet();
      this.overwritten.readInto(part, overwritten);
      const had = this.had.read(part);
      for (let at = 0; at + 8 <= had.length; at += 8) {
        const [high, low] = [had.readUInt32LE(at), had.readUInt32LE(at + 4)];
        if (!overwritten.has(high, low)) set.add(high, low);
      }
    }
    return set;
  }
}
