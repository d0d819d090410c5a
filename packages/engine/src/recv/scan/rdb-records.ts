import { ByteWriter, magicOf } from '@cacheferry/rdb';

const opcode = { library: 0xf5, expireMs: 0xfc, resizeDb: 0xfb, selectDb: 0xfe, end: 0xff } as const;
/** What DUMP adds behind a value: version and checksum. */
const footerBytes = 10;

type Bytes = { bytes: Buffer; start: number; end: number };

/**
 * Writes keys that were read one by one in the form of an RDB, so that a scan is shipped like a full sync.
 *
 * The value of a DUMP payload stands in an RDB byte for byte. The checksum is left out, as the format allows.
 */
export class RdbRecords {
  readonly #out = new ByteWriter(1_048_576);

  /** `version`: that of the payloads. */
  constructor(version: number) {
    const magic = magicOf(version);
    const digits = String(version).padStart(magic === 'VALKEY' ? 3 : 4, '0');
    this.#out.raw(Buffer.from(`${magic}${digits}`));
  }

  get length(): number {
    return this.#out.length;
  }

  selectDb(db: number, keys: number, expires: number): void {
    this.#out.byte(opcode.selectDb).count(db);
    this.#out.byte(opcode.resizeDb).count(keys).count(expires);
  }

  /** The source of a function library. */
  library(source: Buffer): void {
    this.#out.byte(opcode.library).string(source);
  }

  /** `expireAtMs`: −1 without one. */
  key(key: Bytes, payload: Bytes, expireAtMs: number): void {
    const out = this.#out;
    if (expireAtMs >= 0) out.byte(opcode.expireMs).time(expireAtMs);
    out.byte(payload.bytes[payload.start] as number);
    out.count(key.end - key.start).raw(key.bytes, key.start, key.end);
    out.raw(payload.bytes, payload.start + 1, payload.end - footerBytes);
  }

  /** A string as it is. */
  string(key: Bytes, value: Bytes, expireAtMs: number): void {
    const out = this.#out;
    if (expireAtMs >= 0) out.byte(opcode.expireMs).time(expireAtMs);
    out.byte(0);
    out.count(key.end - key.start).raw(key.bytes, key.start, key.end);
    out.count(value.end - value.start).raw(value.bytes, value.start, value.end);
  }

  end(): void {
    this.#out.byte(opcode.end).raw(Buffer.alloc(8));
  }

  /** What was written since the last time, as a view: valid until something is written. */
  take(): Buffer {
    const taken = this.#out.bytes;
    this.#out.clear();
    return taken;
  }
}
