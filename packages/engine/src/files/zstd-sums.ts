import { FerryError } from '@cacheferry/kernel';
import type { XXHash, XXHashAPI } from 'xxhash-wasm';

/** A block as the packed bytes announce it. */
type Block = { isLast: boolean; hasSum: boolean };

/**
 * Compares what frames were unpacked to with the checksums behind them. Blocks are told when their packed bytes have come,
 * and again, in the same order, when they are unpacked; a checksum may come before or after that.
 *
 * Spec: RFC 8878 §3.1.1: the lowest four bytes of XXH64 of the content, with the seed 0.
 */
export class ZstdSums {
  readonly #hashes: XXHashAPI;
  readonly #blocks: Block[] = [];
  readonly #wanted: number[] = [];
  readonly #found: number[] = [];
  #hash: XXHash<bigint> | null = null;

  constructor(hashes: XXHashAPI) {
    this.#hashes = hashes;
  }

  block(block: Block): void {
    this.#blocks.push(block);
  }

  /** The checksum of a frame, as it is written behind it. */
  sum(value: number): void {
    this.#wanted.push(value);
  }

  /** The next block is unpacked. */
  unpacked(content: Uint8Array): void {
    const block = this.#blocks.shift();
    if (!block?.hasSum) return;
    this.#hash ??= this.#hashes.create64();
    this.#hash.update(content);
    if (!block.isLast) return;
    this.#found.push(Number(this.#hash.digest() & 0xffffffffn));
    this.#hash = null;
  }

  /** `offset`: bytes that came out so far. Throws `rdb.corrupt`. */
  compare(offset: number): void {
    while (this.#wanted.length > 0 && this.#found.length > 0)
      if (this.#wanted.shift() !== this.#found.shift())
        throw new FerryError('rdb.corrupt', { offset, reason: 'the checksum of a zstd frame' });
  }
}
