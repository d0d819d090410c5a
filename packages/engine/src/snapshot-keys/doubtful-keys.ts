import { type KeyId, keyId, keyOf } from './key-id.ts';
import type { KeyUse } from './key-use.ts';

/**
 * Keys whose value on the target is not known to be the source's, followed through the stream in its order.
 *
 * A key comes in by a finding (`mark`) or by a command that made it from one that is in (`follow`); it leaves when a
 * snapshot of the source has been written over it at the snapshot's own place in the stream (`settle`).
 */
export class DoubtfulKeys {
  #ids = new Set<KeyId>();
  #unwritten = new Set<KeyId>();

  get size(): number {
    return this.#ids.size;
  }

  has(id: KeyId): boolean {
    return this.#ids.has(id);
  }

  /** The keys that came in since `written` and are still in: to be written down before anything builds on them. */
  get unwritten(): readonly KeyId[] {
    return [...this.#unwritten];
  }

  get all(): readonly KeyId[] {
    return [...this.#ids];
  }

  /** Keys that a lasting record names already. */
  recall(ids: Iterable<KeyId>): void {
    for (const id of ids) this.#ids.add(id);
  }

  mark(id: KeyId): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    this.#unwritten.add(id);
  }

  /** A command was run: what it made from a doubtful key is doubtful too. */
  follow({ reads, writes }: KeyUse): void {
    if (reads.some((id) => this.#ids.has(id))) for (const id of writes) this.mark(id);
  }

  settle(id: KeyId): void {
    this.#ids.delete(id);
    this.#unwritten.delete(id);
  }

  /** All keys of a database, or of all (null), were removed: there is nothing to doubt any more. */
  flush(db: number | null): void {
    for (const id of this.#ids) if (db === null || keyOf(id).db === db) this.settle(id);
  }

  /** The contents of two databases have changed places. */
  swap(a: number, b: number): void {
    this.#ids = new Set([...this.#ids].map((id) => swapped(id, a, b)));
    this.#unwritten = new Set([...this.#unwritten].map((id) => swapped(id, a, b)));
  }

  written(): void {
    this.#unwritten.clear();
  }

  /** The first keys that are in; of a cluster only such as lie in the slot of the very first. */
  page(count: number, slotOf: (id: KeyId) => number = () => 0): KeyId[] {
    const page: KeyId[] = [];
    for (const id of this.#ids) {
      const [first] = page;
      if (page.length >= count || (first !== undefined && slotOf(first) !== slotOf(id))) break;
      page.push(id);
    }
    return page;
  }
}

/** The id of the same key when two databases have changed places. */
export function swapped(id: KeyId, a: number, b: number): KeyId {
  const { db, key } = keyOf(id);
  return db === a ? keyId(b, key) : db === b ? keyId(a, key) : id;
}
