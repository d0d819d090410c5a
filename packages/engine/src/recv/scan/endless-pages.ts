import { FerryError } from '@cacheferry/kernel';

/** What is known of a database before it is read. `usedMemory`: of its server, in bytes; null when it does not say. */
export type TableSize = { expectedKeys: number; usedMemory: number | null };

/** A page without keys has gone over so many buckets for each key asked for, and each bucket takes so many bytes. */
const bucketsPerKey = 10;
const bucketBytes = 8;
/** Proxies ask for less at once, tables grow meanwhile: a hundred times of what a server by itself needs. */
const margin = 100;
const leastPages = 1_000;

/** Tells a cursor that never ends from a long way through a large, sparse table. */
export class EndlessPages {
  readonly #mostKeys: number;
  readonly #mostEmpty: number;
  #keys = 0;
  #empty = 0;

  /**
   * A server cannot have more buckets than its memory has room for, nor hide more keys whose time is over than there were:
   * so many pages may be empty. Where it does not tell its memory, a page without keys counts as one key.
   */
  constructor({ expectedKeys, usedMemory }: TableSize, keysPerPage: number) {
    this.#mostKeys = expectedKeys * 4 + 1_000_000;
    const buckets = (usedMemory ?? Number.POSITIVE_INFINITY) / bucketBytes;
    const pages = buckets / (bucketsPerKey * keysPerPage) + expectedKeys / keysPerPage;
    this.#mostEmpty = Math.min(leastPages + margin * pages, this.#mostKeys);
  }

  /** Takes note of a page. Throws `source.scan_endless`. */
  note(keys: number, endpoint: string): void {
    this.#keys += keys;
    if (keys === 0) this.#empty++;
    if (this.#keys > this.#mostKeys || this.#empty > this.#mostEmpty)
      throw new FerryError('source.scan_endless', { endpoint, keys: this.#keys });
  }
}
