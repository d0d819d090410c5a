/** One key of an RDB as it lies there. The walker reuses one object: take what you need before you return. */
export type RdbEntry = {
  readonly db: number;
  /** The key's bytes: a slice of the walked buffer, made at each reading; a packed key is unpacked. */
  readonly key: Buffer;
  /** Value type byte, to be read together with the file's magic. */
  readonly type: number;
  /** The raw body after type and key, exactly as found: a slice, made at each reading. */
  readonly value: Buffer;
  /** Unix milliseconds, −1 when the key does not expire. */
  readonly expireAtMs: number;
  /** Seconds, −1 when not recorded. */
  readonly idleSeconds: number;
  /** LFU counter, −1 when not recorded. */
  readonly freq: number;
  /** Where key and body lie, for those who copy without slices. */
  readonly keyBuffer: Buffer;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly buffer: Buffer;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Position of the record in the whole file. */
  readonly offset: number;
  /** Number of KEY_META classes that stood before the key (Redis ≥ 8.6); they are not part of `value`. */
  readonly metaClasses: number;
};

export type RdbMagic = 'REDIS' | 'VALKEY';

/** Takes what a walker finds. Buffers are slices that hold only during the call. */
export interface RdbSink {
  entry(entry: RdbEntry): void;
  /** Set when nothing may come before the last record is done with: the walk stops, and goes on when it is called again. */
  readonly isWaiting?: boolean;
  /**
   * A piece of a value that is bigger than `partBytes` and not yet wholly there; `index` counts from 0 per key.
   * Pieces end between two elements, those of a string anywhere behind its length. Without this method such a value arrives whole by `entry`.
   */
  entryPart?(entry: RdbEntry, index: number, isLast: boolean): void;
  header?(magic: RdbMagic, version: number): void;
  aux?(key: Buffer, value: Buffer): void;
  selectDb?(db: number): void;
  resizeDb?(db: number, keys: number, expires: number): void;
  functionLibrary?(source: Buffer): void;
  /** A function of a 7.0 release candidate: its name; such code cannot be loaded any more. */
  oldFunction?(name: Buffer): void;
  moduleAux?(name: string): void;
  /** A record that says nothing about keys (slot hints, slot imports) was passed over. */
  skipped?(opcode: number): void;
  end?(): void;
}

/** An entry whose fields can be filled, again and again. */
export class EntrySlot implements RdbEntry {
  db = 0;
  type = 0;
  expireAtMs = -1;
  idleSeconds = -1;
  freq = -1;
  keyBuffer: Buffer = Buffer.alloc(0);
  keyStart = 0;
  keyEnd = 0;
  buffer: Buffer = this.keyBuffer;
  valueStart = 0;
  valueEnd = 0;
  offset = 0;
  metaClasses = 0;

  get key(): Buffer {
    return this.keyBuffer.subarray(this.keyStart, this.keyEnd);
  }

  get value(): Buffer {
    return this.buffer.subarray(this.valueStart, this.valueEnd);
  }
}
