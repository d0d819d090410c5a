import type { RdbMagic } from '../entry.ts';
import type { ElementSink } from '../values/element-sink.ts';
import { ValueDecoder } from '../values/value-decoder.ts';
import { valueTypeOf } from '../values/value-type.ts';
import { ByteWriter } from './byte-writer.ts';
import { plainTypes, writeScoreText } from './encode-collection.ts';
import { type RecodeGoal, streamFormOf } from './recode.ts';
import { isCopiedInPieces, StreamCopy } from './recode-stream.ts';

/** A value that is re-encoded piece by piece, so that it is never held as a whole. */
export interface PieceRecoder {
  readonly type: number;
  /** Elements so far, where their number has to stand before them; `null` where the body holds all that belongs to it. */
  readonly elements: number | null;
  /** Expiries of fields that the new form cannot hold. */
  readonly lostFieldTtls: number;
  /** Ids of messages of a stream, likewise. */
  readonly lostMessageIds: number;
  /** The next piece in the new form; valid until the next one. Throws `rdb.corrupt`. */
  take(buffer: Buffer, start: number, end: number, isLast: boolean): Buffer;
}

/**
 * Re-encodes a large value of that type for a target; `null` when it can be done with the whole value only, or not at all.
 * `offset`: where in the file the value stands.
 */
export function recodeInPieces(type: number, magic: RdbMagic, goal: RecodeGoal, offset: number): PieceRecoder | null {
  const kind = valueTypeOf(type, magic);
  if (kind === 'stream') {
    const to = streamFormOf(type, goal);
    return to === undefined || !isCopiedInPieces(type) ? null : new StreamPieces(type, magic, to);
  }
  const form = kind === undefined ? undefined : pieceForms[kind];
  const to = form?.(goal);
  return to === undefined ? null : new CollectionPieces(type, magic, to, offset);
}

/** The form that is written element by element; a hash with expiries needs the first of them beforehand. */
const pieceForms: Partial<Record<string, (goal: RecodeGoal) => number | undefined>> = {
  list: () => plainTypes.list,
  set: () => plainTypes.set,
  zset: ({ refused }) => (refused.has(plainTypes.zset) ? plainTypes.zsetText : plainTypes.zset),
  hash: ({ refused, product }) =>
    refused.has(product === 'valkey' ? plainTypes.valkeyHash : plainTypes.redisHash) ? plainTypes.hash : undefined,
};

class StreamPieces implements PieceRecoder {
  readonly type: number;
  readonly elements = null;
  readonly lostFieldTtls = 0;
  readonly #copy: StreamCopy;

  constructor(type: number, magic: RdbMagic, to: number) {
    this.type = to;
    this.#copy = new StreamCopy({ type, magic, to });
  }

  get lostMessageIds(): number {
    return this.#copy.lostMessageIds;
  }

  take(buffer: Buffer, start: number, end: number, isLast: boolean): Buffer {
    return this.#copy.take(buffer, start, end, isLast);
  }
}

class CollectionPieces implements PieceRecoder, ElementSink {
  readonly type: number;
  elements = 0;
  lostFieldTtls = 0;
  readonly lostMessageIds = 0;
  readonly #decoder: ValueDecoder;
  readonly #out = new ByteWriter();

  constructor(type: number, magic: RdbMagic, to: number, offset: number) {
    this.type = to;
    this.#decoder = new ValueDecoder(type, magic, this, offset);
  }

  take(buffer: Buffer, start: number, end: number, isLast: boolean): Buffer {
    this.#out.clear();
    this.#decoder.feed(buffer, start, end, isLast);
    return this.#out.bytes;
  }

  item(item: Buffer): void {
    this.elements++;
    this.#out.string(item);
  }

  scored(member: Buffer, score: number): void {
    this.elements++;
    this.#out.string(member);
    if (this.type === plainTypes.zset) this.#out.double(score);
    else writeScoreText(this.#out, score);
  }

  field(field: Buffer, value: Buffer, expireAtMs: number): void {
    this.elements++;
    if (expireAtMs >= 0) this.lostFieldTtls++;
    this.#out.string(field).string(value);
  }

  // Of the types that are written element by element none has these.
  text(): void {}
  streamEntry(): void {}
  streamInfo(): void {}
  streamGroup(): void {}
  module(): void {}
}
