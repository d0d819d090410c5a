import type { RawReplies } from './raw-replies.ts';

/** The beginning of a command with one key: everything but the key. */
export function commandHead(...words: string[]): Buffer {
  return Buffer.from(`*${words.length + 1}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
}

/**
 * Some keys as they came from SCAN, in the form of the protocol (`$3\r\nkey\r\n…`): a command for them is a constant
 * beginning and a copy of these bytes.
 */
export class KeyBatch {
  count = 0;
  #bulks: Buffer = Buffer.allocUnsafeSlow(65_536);
  #end = 0;
  readonly #heads: number[] = [];
  readonly #starts: number[] = [];

  clear(): this {
    this.count = 0;
    this.#end = 0;
    return this;
  }

  /** Adds the key that is a leaf of a page. */
  add(page: RawReplies, leaf: number): void {
    const from = page.head(leaf);
    const to = page.next(leaf);
    this.#reserve(to - from);
    this.#heads[this.count] = this.#end;
    this.#starts[this.count++] = this.#end + page.start(leaf) - from;
    this.#end += page.bytes.copy(this.#bulks, this.#end, from, to);
  }

  /** Adds a key that comes from elsewhere. */
  addKey(key: Buffer): void {
    const head = Buffer.from(`$${key.length}\r\n`);
    this.#reserve(head.length + key.length + 2);
    this.#heads[this.count] = this.#end;
    this.#starts[this.count++] = this.#end + head.length;
    this.#end += head.copy(this.#bulks, this.#end);
    this.#end += key.copy(this.#bulks, this.#end);
    this.#end += this.#bulks.write('\r\n', this.#end);
  }

  /** A copy of one key. */
  key(index: number): Buffer {
    return Buffer.from(this.#bulks.subarray(this.#starts[index], this.#headOf(index + 1) - 2));
  }

  /** One command over all keys. */
  joined(name: string): Buffer {
    const head = Buffer.from(`*${this.count + 1}\r\n$${name.length}\r\n${name}\r\n`);
    return Buffer.concat([head, this.#bulks.subarray(0, this.#end)]);
  }

  /** One command a key, for those of the given places, or for all. */
  each(head: Buffer, places?: readonly number[]): Buffer {
    const count = places?.length ?? this.count;
    const out = Buffer.allocUnsafe(count * head.length + (places ? this.#sizeOf(places) : this.#end));
    let at = 0;
    for (let i = 0; i < count; i++) {
      const index = places ? (places[i] as number) : i;
      at += head.copy(out, at);
      at += this.#bulks.copy(out, at, this.#heads[index], this.#headOf(index + 1));
    }
    return out;
  }

  #headOf(index: number): number {
    return index < this.count ? (this.#heads[index] as number) : this.#end;
  }

  #sizeOf(places: readonly number[]): number {
    return places.reduce((sum, index) => sum + this.#headOf(index + 1) - (this.#heads[index] as number), 0);
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bulks.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.#bulks.length * 2, this.#end + bytes));
    this.#bulks.copy(bigger, 0, 0, this.#end);
    this.#bulks = bigger;
  }
}
