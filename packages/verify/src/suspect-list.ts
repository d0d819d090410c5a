import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Crc64 } from '@cacheferry/rdb';
import type { Suspect } from './check-types.ts';

const partitions = 64;
const mostInMemory = 100_000;

/**
 * Keys that differed so far, each once: in memory while they are few, else on disk in parts of which one at a time is
 * read, so that memory stays flat however many there are.
 */
export class SuspectList {
  readonly #dir: string;
  readonly #crc = new Crc64();
  #held = new Map<string, Suspect>();
  #isSpilled = false;
  #added = 0;

  /** `dir` is made when it is needed, and removed by `remove`. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** How many there are; a key that came twice, and was put to disk in between, counts twice. */
  get size(): number {
    return this.#isSpilled ? this.#added : this.#held.size;
  }

  add(suspect: Suspect): void {
    const name = `${suspect.db} ${suspect.key.toString('latin1')}`;
    if (!this.#held.has(name)) this.#added++;
    this.#held.set(name, suspect);
    if (this.#held.size >= mostInMemory) this.#spill();
  }

  /** All suspects, each once, in batches of one database, of so many keys and so many bytes of values at most. */
  *batches(most: { keys: number; bytes: number }): Generator<{ db: number; suspects: Suspect[] }> {
    for (const part of this.#parts()) {
      const byDb = new Map<number, Suspect[]>();
      for (const suspect of part.values()) {
        const batch = byDb.get(suspect.db) ?? [];
        byDb.set(suspect.db, batch);
        if (batch.length >= most.keys || bytesOf(batch) + suspect.bytes > most.bytes)
          yield { db: suspect.db, suspects: batch.splice(0) };
        batch.push(suspect);
      }
      for (const [db, suspects] of byDb) if (suspects.length > 0) yield { db, suspects };
    }
  }

  remove(): void {
    this.#held.clear();
    if (this.#isSpilled) rmSync(this.#dir, { recursive: true, force: true });
  }

  *#parts(): Generator<Map<string, Suspect>> {
    if (!this.#isSpilled) return yield this.#held;
    this.#spill();
    for (let part = 0; part < partitions; part++) yield this.#read(part);
  }

  #spill(): void {
    if (!this.#isSpilled) mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    this.#isSpilled = true;
    const lines: string[][] = Array.from({ length: partitions }, () => []);
    for (const { db, key, bytes, fingerprint } of this.#held.values()) {
      const part = this.#crc.reset().update(key, 0, key.length).low & (partitions - 1);
      (lines[part] as string[]).push(`${db} ${bytes} ${fingerprint} ${key.toString('base64')}\n`);
    }
    for (const [part, some] of lines.entries())
      if (some.length > 0) appendFileSync(this.#file(part), some.join(''), { mode: 0o600 });
    this.#held.clear();
  }

  #read(part: number): Map<string, Suspect> {
    const suspects = new Map<string, Suspect>();
    let text = '';
    try {
      text = readFileSync(this.#file(part), 'latin1');
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'ENOENT') throw error;
    }
    for (const line of text.split('\n')) {
      const [db, bytes, fingerprint = '', key = ''] = line.split(' ');
      if (db)
        suspects.set(`${db} ${key}`, {
          db: Number(db),
          key: Buffer.from(key, 'base64'),
          bytes: Number(bytes),
          fingerprint,
        });
    }
    return suspects;
  }

  #file(part: number): string {
    return path.join(this.#dir, `part-${part}`);
  }
}

const bytesOf = (batch: readonly Suspect[]): number => batch.reduce((sum, { bytes }) => sum + bytes, 0);
