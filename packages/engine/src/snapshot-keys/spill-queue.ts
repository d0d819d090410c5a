import type { KeyId } from './key-id.ts';
import { SpilledIds } from './spilled-ids.ts';

/**
 * Ids on the disk, first in, first out. While some are taken out, those that come in wait in a set of their own: so
 * none is overtaken for ever, and what was given back leaves the disk.
 */
export class SpillQueue {
  #taken: SpilledIds;
  #later: SpilledIds;
  #isTaking = false;

  /** `dirs`: folders of its own, which are removed when they are empty. */
  constructor(dirs: readonly [string, string]) {
    this.#taken = new SpilledIds(dirs[0]);
    this.#later = new SpilledIds(dirs[1]);
  }

  get size(): number {
    return this.#taken.size + this.#later.size;
  }

  has(id: KeyId): boolean {
    return this.#taken.has(id) || this.#later.has(id);
  }

  add(id: KeyId): void {
    (this.#isTaking ? this.#later : this.#taken).add(id);
  }

  delete(id: KeyId): void {
    this.#taken.delete(id);
    this.#later.delete(id);
    this.#turn();
  }

  /** Takes out up to so many of those that came first. */
  take(count: number): KeyId[] {
    if (this.size === 0) return [];
    this.#isTaking = true;
    const ids = this.#taken.take(count);
    this.#turn();
    return ids;
  }

  /** All of them, some perhaps twice. */
  *all(): Generator<KeyId> {
    yield* this.#taken.all();
    yield* this.#later.all();
  }

  clear(): void {
    this.#taken.clear();
    this.#later.clear();
    this.#isTaking = false;
  }

  /** When the first ones are all out, those that came since are the first. */
  #turn(): void {
    if (this.#taken.size > 0) return;
    [this.#taken, this.#later] = [this.#later, this.#taken];
    this.#isTaking = false;
  }
}
