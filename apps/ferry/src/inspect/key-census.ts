import type { LargeKey } from '@cacheferry/contract';
import { type RdbEntry, type RdbMagic, type RdbSink, valueTypeOf } from '@cacheferry/rdb';

type Large = { db: number; key: Buffer; type: number; bytes: number };

const listed = 20;

/** Counts the keys of an RDB by database and type, and remembers the largest. Values are passed over. */
export class KeyCensus implements RdbSink {
  readonly said = new Map<string, string>();
  keys = 0;
  expiring = 0;
  expired = 0;
  functionLibraries = 0;
  version: number | null = null;
  readonly #nowMs: number;
  #magic: RdbMagic = 'REDIS';
  /** By database, then by type byte. */
  readonly #counts = new Map<number, number[]>();
  #largest: Large[] = [];
  /** What a key must take to be among the largest. */
  #leastBytes = 0;
  #partBytes = 0;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  get product(): string | null {
    return this.version === null ? null : this.#magic.toLowerCase();
  }

  header(magic: RdbMagic, version: number): void {
    this.#magic = magic;
    this.version = version;
  }

  aux(key: Buffer, value: Buffer): void {
    if (this.said.size < 100 && key.length < 100) this.said.set(key.toString('latin1'), value.toString('utf8', 0, 100));
  }

  functionLibrary(): void {
    this.functionLibraries++;
  }

  entry(entry: RdbEntry): void {
    this.#count(entry, entry.valueEnd - entry.valueStart);
  }

  entryPart(entry: RdbEntry, index: number, isLast: boolean): void {
    const bytes = entry.valueEnd - entry.valueStart;
    this.#partBytes = index === 0 ? bytes : this.#partBytes + bytes;
    if (isLast) this.#count(entry, this.#partBytes);
  }

  databases(): Record<string, Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([db, counts]) => [db, this.#byType(counts)]));
  }

  largest(): LargeKey[] {
    const sorted = this.#largest.sort((a, b) => b.bytes - a.bytes).slice(0, listed);
    return sorted.map(({ db, key, type, bytes }) => ({
      db,
      key: key.toString('base64'),
      type: this.#name(type),
      bytes,
    }));
  }

  #count(entry: RdbEntry, bytes: number): void {
    const { db, type, expireAtMs } = entry;
    this.keys++;
    if (expireAtMs >= 0) {
      this.expiring++;
      if (expireAtMs <= this.#nowMs) this.expired++;
    }
    let counts = this.#counts.get(db);
    if (!counts) this.#counts.set(db, (counts = []));
    counts[type] = (counts[type] ?? 0) + 1;
    if (bytes > this.#leastBytes) this.#remember({ db, type, bytes, key: Buffer.from(entry.key) });
  }

  /** Sorted once in a while only, so that a file of rising sizes costs no more than another. */
  #remember(large: Large): void {
    this.#largest.push(large);
    if (this.#largest.length < listed * 4) return;
    this.#largest = this.#largest.sort((a, b) => b.bytes - a.bytes).slice(0, listed);
    this.#leastBytes = this.#largest.at(-1)?.bytes ?? 0;
  }

  #byType(counts: readonly number[]): Record<string, number> {
    const types: Record<string, number> = {};
    counts.forEach((count, type) => {
      const name = this.#name(type);
      types[name] = (types[name] ?? 0) + count;
    });
    return types;
  }

  #name(type: number): string {
    return valueTypeOf(type, this.#magic) ?? `type ${type}`;
  }
}
