import { type ElementSink, scoreText, ValueDecoder, type RdbMagic, valueTypeOf } from '@cacheferry/rdb';

/** Words of one command, its name and key not counted. */
const commandWords = 512;
const commandBytes = 262_144;
const names = { list: 'RPUSH', set: 'SADD', zset: 'ZADD', hash: 'HSET' } as const;

/** Whether values of that type can be written element by element. */
export function isDivisible(type: number, magic: RdbMagic): boolean {
  return Object.hasOwn(names, valueTypeOf(type, magic) ?? '');
}

export type BigValueOptions = {
  type: number;
  magic: RdbMagic;
  /** Byte of the RDB where its entry begins. */
  offset: number;
  /** Where it is put together. */
  key: Buffer;
  maxBulkBytes: number;
  hasFieldTtl: boolean;
  write: (words: readonly (string | number | Buffer)[]) => void;
};

/** A collection as commands that put it together, from pieces of its body; it is never held as a whole. */
export class BigValue implements ElementSink {
  /** Expiries of fields that the target cannot hold. */
  lostFieldTtls = 0;
  /** An element is larger than the target takes. */
  isTooLarge = false;
  readonly #options: BigValueOptions;
  readonly #decoder: ValueDecoder;
  readonly #name: string;
  #words: (string | Buffer)[] = [];
  #bytes = 0;

  constructor(options: BigValueOptions) {
    this.#options = options;
    this.#decoder = new ValueDecoder(options.type, options.magic, this, options.offset);
    this.#name = names[valueTypeOf(options.type, options.magic) as keyof typeof names];
  }

  /** Writes the elements of the next piece. */
  take(buffer: Buffer, start: number, end: number, isLast: boolean): void {
    this.#decoder.feed(buffer, start, end, isLast);
    this.#flush();
  }

  item(item: Buffer): void {
    this.#add(item);
  }

  scored(member: Buffer, score: number): void {
    this.#add(scoreText(score), member);
  }

  field(field: Buffer, value: Buffer, expireAtMs: number): void {
    this.#add(field, value);
    if (expireAtMs < 0) return;
    const { hasFieldTtl, write, key } = this.#options;
    if (!hasFieldTtl) this.lostFieldTtls++;
    else {
      this.#flush();
      if (!this.isTooLarge) write(['HPEXPIREAT', key, expireAtMs, 'FIELDS', 1, field]);
    }
  }

  // Of the types that are divided none has these.
  text(): void {}
  streamEntry(): void {}
  streamInfo(): void {}
  streamGroup(): void {}
  module(): void {}

  #add(...words: (string | Buffer)[]): void {
    for (const word of words) {
      if (word.length > this.#options.maxBulkBytes) this.isTooLarge = true;
      this.#bytes += word.length;
      this.#words.push(word);
    }
    if (this.#words.length >= commandWords || this.#bytes >= commandBytes) this.#flush();
  }

  #flush(): void {
    const words = this.#words;
    if (words.length === 0) return;
    this.#words = [];
    this.#bytes = 0;
    if (!this.isTooLarge) this.#options.write([this.#name, this.#options.key, ...words]);
  }
}
