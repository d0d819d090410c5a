import { type Clock, FerryError } from '@cacheferry/kernel';
import { makeDumpPayload, type RdbEntry, type RdbMagic, type ValueType, valueTypeOf } from '@cacheferry/rdb';
import type { Batch } from '../write/batch.ts';
import { BigStream } from './big-stream.ts';
import { BigText } from './big-text.ts';
import { BigValue, type DividedValue, type DividedValueOptions, type LostParts } from './big-value.ts';
import { keyId } from '../snapshot-keys/key-id.ts';
import type { HeldExpiries } from './held-expiries.ts';

export type BigEntriesOptions = {
  /** Under which key a value is put together, where readers do not look, and where is noted that it has its name. */
  placeFor: (key: Buffer) => BigPlace;
  hasFieldTtl: boolean;
  redisVersion: number;
  /** How the files begin in which waits what does not fit into memory. */
  waitingFile: string;
  maxBulkBytes: number;
  held: HeldExpiries;
  clock: Clock;
};

/** `done`: a hash and its field that tell, together with the value's new name, that it is there; null: nobody asks. */
export type BigPlace = { workKey: Buffer; done: readonly [key: string, field: string] | null };

/** What a batch is filled by. */
export type BatchHost = {
  readonly open: Batch;
  /** Sends the open batch on and begins another, in the middle of an entry. */
  cut(): void;
};

export type BigEnd = LostParts & { isTooLarge: boolean };

/** Bytes of a value's body that are written in one step. */
const sliceBytes = 131_072;
const nothing = { buffer: Buffer.alloc(0) as Buffer, at: 0, end: 0, isLast: false };
const batchBytes = 1_048_576;
const batchCommands = 512;
/**
 * A string of one byte: whether a key is there is told by a RESTORE whose time has passed, which leaves no trace. Its length has
 * a form that servers read but never write, so that it is not taken for a value of the source.
 */
export const presenceProbe = makeDumpPayload(0, Buffer.from([0x80, 0, 0, 0, 1, 0x78]));

const makers: Partial<Record<ValueType, new (options: DividedValueOptions) => DividedValue>> = {
  string: BigText,
  list: BigValue,
  set: BigValue,
  zset: BigValue,
  hash: BigValue,
  stream: BigStream,
};

const makerOf = (type: number, magic: RdbMagic) => makers[valueTypeOf(type, magic) ?? 'module'];

/** Whether values of that type can be written in pieces. */
export function isDivisible(type: number, magic: RdbMagic): boolean {
  return makerOf(type, magic) !== undefined;
}

/**
 * Writes values that are too large to be sent as one: piece by piece under a key of their own, which takes its name
 * when it is whole, so that no reader sees a part of it. Begins anew when an attempt breaks off.
 */
export class BigEntries {
  readonly #options: BigEntriesOptions;
  readonly #host: BatchHost;
  #value: DividedValue | null = null;
  #entry = { db: 0, key: Buffer.alloc(0) as Buffer, expireAtMs: -1, offset: 0, isReplacing: false };
  #place: BigPlace = { workKey: this.#entry.key, done: null };
  #piece: Batch['pieceOf'] = null;
  #given = nothing;

  constructor(options: BigEntriesOptions, host: BatchHost) {
    this.#options = options;
    this.#host = host;
  }

  begin(entry: RdbEntry, magic: RdbMagic, isReplacing: boolean): void {
    const { maxBulkBytes, hasFieldTtl, redisVersion, waitingFile } = this.#options;
    const { db, type, offset, expireAtMs } = entry;
    this.close();
    this.#entry = { db, key: Buffer.from(entry.key), expireAtMs, offset, isReplacing };
    this.#place = this.#options.placeFor(this.#entry.key);
    const { workKey: key } = this.#place;
    this.#piece = { key, mark: offset };
    const write = (words: readonly (string | number | Buffer)[]) => this.#write(words);
    const writeBulks = (name: string, count: number, bulks: Buffer) => this.#writeBulks(name, count, bulks);
    const maker = makerOf(type, magic);
    const target = {
      key,
      maxBulkBytes,
      hasFieldTtl,
      redisVersion,
      waitingFile,
      ...this.#placeFields(),
      nowMs: () => this.#options.clock.now(),
    };
    this.#value = maker ? new maker({ type, magic, offset, ...target, write, writeBulks }) : null;
    this.#host.cut();
    this.#command(-1, 'DEL', key);
    // Seen and judged before anything else of the value is on its way.
    if (!isReplacing) this.#command(offset, 'RESTORE', this.#entry.key, 1, presenceProbe, 'ABSTTL');
    this.#host.cut();
  }

  /** Notes a piece, for `rest` to write while it lies there. */
  take({ buffer, valueStart, valueEnd }: RdbEntry, isLast: boolean): void {
    this.#given = { buffer, at: valueStart, end: valueEnd, isLast };
  }

  /**
   * Writes the piece that was taken, and behind the last one what is left, in steps of which none makes many batches:
   * packed elements take up to a hundred times the room.
   */
  *rest(): Generator<void> {
    const value = this.#value;
    const { buffer, end, isLast } = this.#given;
    let { at } = this.#given;
    let size = sliceBytes;
    for (let to = -1; value && to < end; ) {
      to = Math.min(end, at + size);
      const next = value.take(buffer, at, to, isLast && to === end);
      // A single element may be larger than a slice.
      size = next > at ? sliceBytes : size * 2;
      at = next;
      yield;
    }
    if (value && at !== end)
      throw new FerryError('internal.unexpected', {}, new Error('a piece of a value is not whole'));
    this.#given = nothing;
    if (isLast) yield* value?.rest?.() ?? [];
  }

  /** All is written: the value takes its name, or leaves nothing behind. */
  end(): BigEnd {
    const { lostFieldTtls = 0, lostPending = 0, lostMessageIds = 0, isTooLarge = true } = this.#value ?? {};
    this.close();
    const { workKey, done } = this.#place;
    const { key, offset, isReplacing } = this.#entry;
    const expiry = this.#expiry();
    if (isTooLarge) this.#command(-1, 'DEL', workKey);
    else if (expiry === 'past') this.#command(-1, 'DEL', workKey, ...(isReplacing ? [key] : []));
    else {
      if (expiry > 0) this.#command(-1, 'PEXPIREAT', workKey, expiry);
      this.#command(offset, isReplacing ? 'RENAME' : 'RENAMENX', workKey, key);
      this.#command(-1, 'DEL', workKey);
      if (done && !isReplacing) this.#command(-1, 'HSET', ...done, offset);
    }
    return { lostFieldTtls, lostPending, lostMessageIds, isTooLarge };
  }

  /** Nothing more comes of a value that is not whole. */
  close(): void {
    this.#value?.close?.();
    this.#value = null;
    this.#given = nothing;
  }

  #placeFields(): Pick<DividedValueOptions, 'placeField' | 'keepPassed'> {
    const { fields } = this.#options.held;
    const id = keyId(this.#entry.db, this.#entry.key);
    return {
      placeField: (field, atMs) => {
        if (fields.isOn) fields.note(id, field, atMs, true);
        return fields.place(id, atMs);
      },
      keepPassed: (field, atMs) => fields.keepPassed(id, field, atMs),
    };
  }

  #expiry(): number | 'past' {
    const { held, clock } = this.#options;
    const { db, key, expireAtMs } = this.#entry;
    if (expireAtMs < 0) return 0;
    if (expireAtMs <= held.untilMs) return held.place(db, key, expireAtMs);
    return expireAtMs <= clock.now() ? 'past' : expireAtMs;
  }

  #write(words: readonly (string | number | Buffer)[]): void {
    this.#command(-1, ...words);
    this.#cutFull();
  }

  #writeBulks(name: string, count: number, bulks: Buffer): void {
    const { out } = this.#host.open;
    this.#element(-1);
    out.reserve(32);
    out.head(0x2a, count + 2);
    out.bulkText(name);
    out.bulk(this.#place.workKey);
    out.raw(bulks);
    this.#cutFull();
  }

  #cutFull(): void {
    const { sizeBytes, queued } = this.#host.open;
    if (sizeBytes >= batchBytes || queued >= batchCommands) this.#host.cut();
  }

  #element(mark: number): void {
    const batch = this.#host.open;
    batch.select(this.#entry.db);
    batch.pieceOf = this.#piece;
    batch.element(mark);
  }

  #command(mark: number, ...words: readonly (string | number | Buffer)[]): void {
    this.#element(mark);
    this.#host.open.out.command(...words);
  }
}
