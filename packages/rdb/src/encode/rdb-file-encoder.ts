import { Crc64 } from '../crc64.ts';
import type { RdbEntry, RdbMagic } from '../entry.ts';
import { opcode } from '../records.ts';
import { ByteWriter } from './byte-writer.ts';
import { writeRecordHead } from './record-head.ts';

export type EncodedKey = Pick<RdbEntry, 'db' | 'key' | 'type' | 'expireAtMs' | 'idleSeconds' | 'freq'> & {
  /** The body, exactly as it goes into the file. */
  value: Buffer;
};

/**
 * Writes an RDB file: collects bytes until `take`, so that the caller decides when to put them on disk.
 *
 * Nothing is checked against the version: the caller passes only types that readers of it know.
 */
export class RdbFileEncoder {
  readonly #out = new ByteWriter(65_536);
  readonly #crc = new Crc64();
  readonly #version: number;
  #db = -1;

  constructor(magic: RdbMagic, version: number) {
    this.#version = version;
    const digits = String(version).padStart(magic === 'REDIS' ? 4 : 3, '0');
    this.#out.raw(Buffer.from(`${magic}${digits}`, 'latin1'));
  }

  /** Bytes collected and not taken yet. */
  get length(): number {
    return this.#out.length;
  }

  aux(key: Buffer, value: Buffer): void {
    this.#out.byte(opcode.aux).string(key).string(value);
  }

  functionLibrary(source: Buffer): void {
    this.#out.byte(opcode.functionLibrary).string(source);
  }

  resizeDb(db: number, keys: number, expires: number): void {
    this.#select(db);
    this.#out.byte(opcode.resizeDb).count(keys).count(expires);
  }

  key(key: EncodedKey): void {
    this.#select(key.db);
    writeRecordHead(this.#out, key, key.type).raw(key.value);
  }

  /** The end mark and the checksum; the last call before the last `take`. */
  end(): void {
    this.#out.byte(opcode.eof);
    if (this.#version < 5) return;
    this.#checksum();
    const trailer = Buffer.alloc(8);
    this.#crc.write(trailer, 0);
    this.#out.raw(trailer);
  }

  /** Hands out what was collected since the last time, as a copy. */
  take(): Buffer {
    const { bytes } = this.#out;
    const taken = Buffer.from(bytes);
    this.#checksum();
    this.#out.clear();
    this.#checked = 0;
    return taken;
  }

  #checked = 0;

  #checksum(): void {
    const { bytes } = this.#out;
    this.#crc.update(bytes, this.#checked, bytes.length);
    this.#checked = bytes.length;
  }

  #select(db: number): void {
    if (db === this.#db) return;
    this.#db = db;
    this.#out.byte(opcode.selectDb).count(db);
  }
}
