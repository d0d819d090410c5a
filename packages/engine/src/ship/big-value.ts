import { OutputBuffer } from '../write/output-buffer.ts';
import { type ElementSink, scoreText, ValueDecoder, type RdbMagic, valueTypeOf } from '@cacheferry/rdb';

/** Words of one command, its name and key not counted. */
const commandWords = 512;
const commandBytes = 262_144;
const names = { list: 'RPUSH', set: 'SADD', zset: 'ZADD', hash: 'HSET' } as const;

/** What a value loses on its way: expiries of fields, pending entries without a consumer, ids of messages. */
export type LostParts = { lostFieldTtls: number; lostPending: number; lostMessageIds: number };

/** A value that is written by several commands. */
export interface DividedValue {
  /** Expiries of fields that the target cannot hold. */
  readonly lostFieldTtls: number;
  /** Pending entries of a stream that no command makes. */
  readonly lostPending?: number;
  /** Ids of messages of a stream, likewise. */
  readonly lostMessageIds?: number;
  /** The target does not take it, or one of its elements. */
  readonly isTooLarge: boolean;
  /** Writes the next piece, which may end anywhere (behind the length of a string). Returns where the piece behind it is to begin. */
  take(buffer: Buffer, start: number, end: number, isLast: boolean): number;
  /** What is still to be written when all pieces are in. */
  rest?(): Iterable<void>;
  /** Lets go of what it holds beside memory. */
  close?(): void;
}

export type DividedValueOptions = {
  type: number;
  magic: RdbMagic;
  /** Byte of the RDB where its entry begins. */
  offset: number;
  /** Where it is put together. */
  key: Buffer;
  maxBulkBytes: number;
  hasFieldTtl: boolean;
  nowMs: () => number;
  /** What is written as the expiry of a field. */
  placeField: (field: Buffer, atMs: number) => number;
  /** Whether a field that has passed is written although the target knows no expiry of it. */
  keepPassed: (field: Buffer, atMs: number) => boolean;
  redisVersion: number;
  /** How the files begin in which waits what does not fit into memory. */
  waitingFile: string;
  write: (words: readonly (string | number | Buffer)[]) => void;
  /** Writes a command of that name on the key, the words behind it in the form of the protocol. */
  writeBulks: (name: string, count: number, bulks: Buffer) => void;
};

/** A collection as commands that put it together, from pieces of its body; it is never held as a whole. */
export class BigValue implements ElementSink, DividedValue {
  lostFieldTtls = 0;
  isTooLarge = false;
  readonly #options: DividedValueOptions;
  readonly #decoder: ValueDecoder;
  readonly #name: string;
  /** Words of the next command, as they are sent: kept as bytes, since there are many millions of them. */
  readonly #bulks = new OutputBuffer(2 * commandBytes);
  #words = 0;

  constructor(options: DividedValueOptions) {
    this.#options = options;
    this.#decoder = new ValueDecoder(options.type, options.magic, this, options.offset);
    this.#name = names[valueTypeOf(options.type, options.magic) as keyof typeof names];
  }

  take(buffer: Buffer, start: number, end: number, isLast: boolean): number {
    const at = this.#decoder.feed(buffer, start, end, isLast);
    if (isLast) this.#flush();
    return at;
  }

  item(item: Buffer): void {
    this.#add(item);
  }

  scored(member: Buffer, score: number): void {
    this.#add(scoreText(score), member);
  }

  field(field: Buffer, value: Buffer, expireAtMs: number): void {
    const { hasFieldTtl, write, key, placeField, keepPassed, nowMs } = this.#options;
    const isPast = !hasFieldTtl && expireAtMs >= 0 && expireAtMs < nowMs();
    // It would come back without its expiry.
    if (isPast && !keepPassed(field, expireAtMs)) return;
    this.#add(field, value);
    if (expireAtMs < 0 || isPast) return;
    if (!hasFieldTtl) this.lostFieldTtls++;
    else {
      this.#flush();
      if (!this.isTooLarge) write(['HPEXPIREAT', key, placeField(field, expireAtMs), 'FIELDS', 1, field]);
    }
  }

  // Of the types that are divided none has these.
  text(): void {}
  streamEntry(): void {}
  streamInfo(): void {}
  streamGroup(): void {}
  module(): void {}

  #add(first: string | Buffer, second?: Buffer): void {
    this.#bulk(first);
    if (second) this.#bulk(second);
    if (this.#words >= commandWords || this.#bulks.length >= commandBytes) this.#flush();
  }

  #bulk(word: string | Buffer): void {
    this.isTooLarge ||= word.length > this.#options.maxBulkBytes;
    if (this.isTooLarge) return;
    if (typeof word === 'string') this.#bulks.bulkText(word);
    else this.#bulks.bulk(word);
    this.#words++;
  }

  #flush(): void {
    if (this.#words === 0) return;
    if (!this.isTooLarge) this.#options.writeBulks(this.#name, this.#words, this.#bulks.view());
    this.#bulks.reset();
    this.#words = 0;
  }
}
