import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyId, keyId, keyOf } from './key-id.ts';
import type { KeyUse } from './key-use.ts';
import { SpillQueue } from './spill-queue.ts';

type SpillDirs = readonly [string, string];

/** Keys that are held in memory; what comes in beyond waits on the disk. */
const defaultHeld = 65_536;

/**
 * Keys whose value on the target is not known to be the source's, followed through the stream in its order.
 *
 * A key comes in by a finding (`mark`) or by a command that made it from one that is in (`follow`); it leaves when a
 * snapshot of the source has been written over it at the snapshot's own place in the stream (`settle`).
 * However many they are, a fixed number is in memory: the others are in files.
 */
export class DoubtfulKeys {
  /** Whether a lasting record is kept: without one nothing is to be written down. */
  isRecorded = true;
  /** The place in the stream from which on keys that come in now may differ. */
  place = 0;
  readonly #maxHeld: number;
  /** Those in use, and those that take over when names change. */
  readonly #dirs: [SpillDirs, SpillDirs];
  /** In the order in which they came in, with the place that held then. */
  #ids = new Map<KeyId, number>();
  /** The same place of the first that are on the disk. */
  #spilledFrom = 0;
  #unwritten = new Set<KeyId>();
  #spilled: SpillQueue;

  /** `dir`: a folder for what does not fit into memory. */
  constructor(dir: string, maxHeld = defaultHeld) {
    const named = (n: number) => join(dir, `doubts.${n}`);
    this.#dirs = [
      [named(0), named(1)],
      [named(2), named(3)],
    ];
    for (const left of this.#dirs.flat()) rmSync(left, { recursive: true, force: true });
    this.#maxHeld = maxHeld;
    this.#spilled = new SpillQueue(this.#dirs[0]);
  }

  get size(): number {
    return this.#ids.size + this.#spilled.size;
  }

  has(id: KeyId): boolean {
    return this.#ids.has(id) || this.#spilled.has(id);
  }

  /** The place from which on some key may differ; null when none is in. */
  get oldest(): number | null {
    const [first] = this.#ids.values();
    if (this.#spilled.size === 0) return first ?? null;
    return Math.min(first ?? this.#spilledFrom, this.#spilledFrom);
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  /** The keys that came in since `written` and are still in: to be written down before anything builds on them. */
  get unwritten(): readonly KeyId[] {
    return [...this.#unwritten];
  }

  /** All of them, some perhaps twice. */
  *all(): Generator<KeyId> {
    yield* this.#ids.keys();
    yield* this.#spilled.all();
  }

  /** Keys that a lasting record names already. */
  recall(ids: Iterable<KeyId>): void {
    for (const id of ids) if (!this.has(id)) this.#add(id);
  }

  mark(id: KeyId): void {
    if (this.has(id)) return;
    this.#add(id);
    if (this.isRecorded) this.#unwritten.add(id);
  }

  /** A command was run: what it made from a doubtful key is doubtful too. */
  follow({ reads, writes }: KeyUse): void {
    if (reads.some((id) => this.has(id))) for (const id of writes) this.mark(id);
  }

  settle(id: KeyId): void {
    if (!this.#ids.delete(id)) this.#spilled.delete(id);
    this.#unwritten.delete(id);
  }

  /** All keys of a database, or of all (null), were removed: there is nothing to doubt any more. */
  flush(db: number | null): void {
    if (db === null) return this.clear();
    for (const id of this.#ids.keys()) if (keyOf(id).db === db) this.settle(id);
    for (const id of this.#spilled.all()) if (keyOf(id).db === db) this.settle(id);
  }

  /** The contents of two databases have changed places. */
  swap(a: number, b: number): void {
    this.#ids = new Map([...this.#ids].map(([id, from]) => [swapped(id, a, b), from]));
    this.#unwritten = new Set([...this.#unwritten].map((id) => swapped(id, a, b)));
    const before = this.#spilled;
    if (before.size === 0) return;
    this.#dirs.reverse();
    this.#spilled = new SpillQueue(this.#dirs[0]);
    for (const id of before.all()) this.#spilled.add(swapped(id, a, b));
    before.clear();
  }

  written(): void {
    this.#unwritten.clear();
  }

  /** The first keys that are in. */
  page(count: number): KeyId[] {
    if (this.#ids.size === 0) for (const id of this.#spilled.take(this.#maxHeld)) this.#ids.set(id, this.#spilledFrom);
    const page: KeyId[] = [];
    for (const id of this.#ids.keys()) {
      if (page.length >= count) break;
      page.push(id);
    }
    return page;
  }

  /** Forgets them all, and removes the files. */
  clear(): void {
    this.#ids.clear();
    this.#unwritten.clear();
    this.#spilled.clear();
  }

  #add(id: KeyId): void {
    const isFirst = this.#spilled.size === 0;
    // Whoever comes later waits behind those that are on the disk.
    if (isFirst && this.#ids.size < this.#maxHeld) return void this.#ids.set(id, this.place);
    if (isFirst) this.#spilledFrom = this.place;
    this.#spilled.add(id);
  }
}

/** The id of the same key when two databases have changed places. */
export function swapped(id: KeyId, a: number, b: number): KeyId {
  const { db, key } = keyOf(id);
  return db === a ? keyId(b, key) : db === b ? keyId(a, key) : id;
}
