import { FerryError } from '@cacheferry/kernel';
import { Crc64 } from './crc64.ts';
import { Cursor } from './cursor.ts';
import { EntrySlot, type RdbMagic, type RdbSink } from './entry.ts';
import { LayoutWalk, skipLayout } from './layout-walk.ts';
import { headerBytes, readMagic } from './magic.ts';
import { opcode, readRecord } from './records.ts';
import { type Layout, layoutsOf, recordLayouts } from './value-layout.ts';

export type RdbWalkerOptions = {
  /** Compare the trailer with the bytes (default true); a trailer of zeros means the writer had it off. */
  verifyChecksum?: boolean;
  /**
   * A value bigger than this goes to `entryPart` in pieces, where the sink has it (default 8 MiB). It may differ by type;
   * one number for all is not for strings, which have no elements to end between.
   */
  partBytes?: number | ((type: number, magic: RdbMagic) => number);
};

/** Value types count up from 0, opcodes down from 255. */
const firstOpcode = 200;
const laterPartBytes = 262_144;
const text = 0;

/**
 * Finds the records of an RDB and the extent of each value in a stream of windows; decodes no element.
 *
 * A record that is cut is tried again when the caller comes back with more: its head is read again, its value goes on
 * where it was cut. Bench: `packages/rdb/test/walker.bench.mjs`.
 * Throws `rdb.corrupt`, `rdb.unsupported`, `rdb.bad_magic`, each with the offset in the file.
 */
export class RdbWalker {
  readonly cursor = new Cursor();
  readonly sink: RdbSink;
  magic: RdbMagic = 'REDIS';
  version = 0;
  /** The database that the next keys belong to. */
  db = 0;
  readonly #verify: boolean;
  readonly #partBytes: (type: number, magic: RdbMagic) => number;
  readonly #entry = new EntrySlot();
  readonly #value = new LayoutWalk();
  readonly #crc = new Crc64();
  #layouts: readonly (Layout | undefined)[] = [];
  /** Bytes of a cut value that are walked already, −1 when none is; pieces of it that were handed out. */
  #walked = -1;
  #parts = 0;
  /** Bytes of a string that comes in pieces and is not there yet. */
  #textLeft = 0;
  #start = 0;
  #whole = 0;
  #consumed = 0;
  #isDone = false;
  #isVerified = false;
  #needBytes = headerBytes;

  constructor(sink: RdbSink, options: RdbWalkerOptions = {}) {
    this.sink = sink;
    this.#verify = options.verifyChecksum ?? true;
    const { partBytes = 8_388_608 } = options;
    this.#partBytes =
      typeof partBytes === 'number' ? (type) => (type === text ? Number.POSITIVE_INFINITY : partBytes) : partBytes;
  }

  /** Whether the end record has been read; bytes behind it are left alone. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the last walk stopped because the sink wants nothing more for now. */
  get isHeld(): boolean {
    return this.sink.isWaiting === true;
  }

  /** Whether the checksum was there and right. */
  get isVerified(): boolean {
    return this.#isVerified;
  }

  /** How many bytes, left-over included, must be there before anything more can be whole. */
  get needBytes(): number {
    return this.#needBytes;
  }

  /** Bytes of the file consumed so far. */
  get consumed(): number {
    return this.#consumed;
  }

  /**
   * Consumes as many whole records of `buffer[start, end)` as there are.
   *
   * Returns the position after the last whole record: call again with those left-over bytes in front of more.
   */
  walk(buffer: Buffer, start: number, end: number): number {
    const cursor = this.cursor;
    cursor.open(buffer, start, end);
    cursor.base = this.#consumed - start;
    cursor.needEnd = start;
    this.#start = start;
    this.#whole = start;
    while (!this.#isDone && this.sink.isWaiting !== true && this.#record()) this.#whole = cursor.at;
    const whole = this.#whole;
    this.#needBytes = this.#isDone ? 0 : cursor.needEnd - whole;
    if (this.#verify && !this.#isDone) this.#crc.update(buffer, start, whole);
    this.#consumed += whole - start;
    return whole;
  }

  /** Call when no more bytes will come. Throws `rdb.truncated` unless the end record was read. */
  finish(): void {
    if (!this.#isDone) throw new FerryError('rdb.truncated', { offset: this.#consumed });
  }

  #record(): boolean {
    if (this.#textLeft > 0) return this.#textOn(this.#start);
    if (this.#parts > 0) return this.#resume(this.#start);
    if (this.version === 0) return this.#header();
    const entry = this.#entry;
    const cursor = this.cursor;
    entry.offset = cursor.base + cursor.at;
    entry.expireAtMs = -1;
    entry.idleSeconds = -1;
    entry.freq = -1;
    entry.metaClasses = 0;
    for (;;) {
      const at = cursor.at;
      if (!cursor.skip(1)) return false;
      const kind = cursor.buffer[at] as number;
      if (kind < firstOpcode) return this.#key(kind);
      const isRead = this.#attribute(kind);
      if (isRead === undefined) return this.#between(kind, entry.offset);
      if (!isRead) return false;
    }
  }

  #header(): boolean {
    const { cursor } = this;
    const at = cursor.at;
    if (!cursor.skip(headerBytes)) return false;
    const { magic, version } = readMagic(cursor.buffer, at);
    this.magic = magic;
    this.version = version;
    this.#layouts = layoutsOf(magic);
    this.sink.header?.(magic, version);
    return true;
  }

  /** What may stand before a key: true when read, false when cut, `undefined` when the record is another one. */
  #attribute(kind: number): boolean | undefined {
    const { cursor } = this;
    const entry = this.#entry;
    const { buffer, at } = cursor;
    switch (kind) {
      case opcode.expireMs:
        if (!cursor.skip(8)) return false;
        entry.expireAtMs = expiry(buffer.readInt32LE(at + 4) * 4_294_967_296 + buffer.readUInt32LE(at));
        return true;
      case opcode.expireSeconds:
        if (!cursor.skip(4)) return false;
        entry.expireAtMs = expiry(buffer.readInt32LE(at) * 1000);
        return true;
      case opcode.freq:
        if (!cursor.skip(1)) return false;
        entry.freq = buffer[at] as number;
        return true;
      case opcode.idle:
        if (!cursor.count()) return false;
        entry.idleSeconds = cursor.value;
        return true;
      case opcode.keyMetaOrSlotImport:
        return this.magic === 'REDIS' ? this.#keyMeta() : undefined;
      default:
        return undefined;
    }
  }

  #keyMeta(): boolean {
    const { cursor } = this;
    const at = cursor.at;
    if (!cursor.count()) return false;
    this.#entry.metaClasses = cursor.value;
    cursor.at = at;
    return skipLayout(cursor, recordLayouts.keyMeta);
  }

  #between(kind: number, offset: number): boolean {
    const { cursor } = this;
    if (cursor.base + cursor.at - 1 !== offset) throw cursor.damaged('record between expiry and key');
    if (kind === opcode.eof) return this.#end();
    const isRead = readRecord(this, kind);
    if (isRead === undefined) throw new FerryError('rdb.unsupported', { what: 'opcode', number: kind, offset });
    return isRead;
  }

  #key(type: number): boolean {
    const { cursor } = this;
    const entry = this.#entry;
    const layout = this.#layouts[type];
    if (layout === undefined) {
      throw new FerryError('rdb.unsupported', { what: 'value type', number: type, offset: entry.offset });
    }
    if (!cursor.string()) return false;
    entry.type = type;
    entry.db = this.db;
    this.#takeKey();
    if (layout.steps.length === 1) {
      const at = cursor.at;
      cursor.to = at;
      return cursor.string() ? this.#emit(at) : this.#longText(at, cursor.to - at);
    }
    if (this.#walked >= 0) return this.#resume(cursor.at);
    this.#value.open(layout);
    return this.#valueOn(cursor.at);
  }

  #takeKey(): void {
    const { cursor } = this;
    const entry = this.#entry;
    if (cursor.kind === -1) {
      entry.keyBuffer = cursor.buffer;
      entry.keyStart = cursor.from;
      entry.keyEnd = cursor.to;
      return;
    }
    entry.keyBuffer = cursor.unpacked();
    entry.keyStart = 0;
    entry.keyEnd = entry.keyBuffer.length;
  }

  /** Comes back to a value (or the next piece of one) at `from`, behind what is walked already. */
  #resume(from: number): boolean {
    this.cursor.at = from + Math.max(this.#walked, 0);
    return this.#valueOn(from);
  }

  /** Goes on with a value of many steps whose bytes (or whose next piece) start at `from`. */
  #valueOn(from: number): boolean {
    const { cursor } = this;
    if (this.#value.run(cursor)) {
      this.#walked = -1;
      return this.#parts === 0 ? this.#emit(from) : this.#emitPart(from, true);
    }
    this.#walked = cursor.at - from;
    if (this.sink.entryPart && this.#walked >= this.#enough()) this.#emitPart(from, false);
    return false;
  }

  /** How much of a cut value is handed out at once: after a first piece smaller ones do. */
  #enough(): number {
    const most = this.#partBytes(this.#entry.type, this.magic);
    return this.#parts === 0 ? most : Math.min(most, laterPartBytes);
  }

  /** A string at `from` of so many bytes, its length included, that is not wholly there; 0 while its length is not known. */
  #longText(from: number, bytes: number): boolean {
    if (this.#entry.type !== text || !this.sink.entryPart || bytes <= this.#partBytes(text, this.magic)) return false;
    this.#textLeft = bytes;
    if (this.#textOn(from)) return true;
    if (this.#parts === 0) this.#textLeft = 0;
    return false;
  }

  /** Hands out what is there of a string that goes on at `from`, unless it is too little. */
  #textOn(from: number): boolean {
    const { cursor } = this;
    const piece = Math.min(this.#textLeft, cursor.end - from);
    cursor.needEnd = from + Math.min(this.#textLeft, this.#enoughText());
    if (cursor.end < cursor.needEnd) return false;
    this.#textLeft -= piece;
    cursor.at = from + piece;
    cursor.needEnd = cursor.at + Math.min(this.#textLeft, this.#enoughText());
    this.#emitPart(from, this.#textLeft === 0);
    return this.#textLeft === 0;
  }

  #enoughText(): number {
    return Math.min(this.#partBytes(text, this.magic), laterPartBytes);
  }

  #emit(from: number): boolean {
    const entry = this.#entry;
    entry.buffer = this.cursor.buffer;
    entry.valueStart = from;
    entry.valueEnd = this.cursor.at;
    this.sink.entry(entry);
    return true;
  }

  #emitPart(from: number, isLast: boolean): boolean {
    const entry = this.#entry;
    if (this.#parts === 0) {
      entry.keyBuffer = Buffer.from(entry.key);
      entry.keyStart = 0;
      entry.keyEnd = entry.keyBuffer.length;
    }
    entry.buffer = this.cursor.buffer;
    entry.valueStart = from;
    entry.valueEnd = this.cursor.at;
    this.sink.entryPart?.(entry, this.#parts, isLast);
    this.#parts = isLast ? 0 : this.#parts + 1;
    this.#walked = -1;
    this.#whole = this.cursor.at;
    return true;
  }

  #end(): boolean {
    const { cursor } = this;
    const at = cursor.at;
    if (this.version >= 5 && !cursor.skip(8)) return false;
    if (this.version >= 5 && this.#verify) {
      this.#crc.update(cursor.buffer, this.#start, at);
      const isOff = cursor.buffer.readUInt32LE(at) === 0 && cursor.buffer.readUInt32LE(at + 4) === 0;
      if (!isOff && !this.#crc.matches(cursor.buffer, at)) {
        cursor.at = at;
        throw cursor.damaged('checksum');
      }
      this.#isVerified = !isOff;
    }
    this.#isDone = true;
    this.sink.end?.();
    return true;
  }
}

/** −1 is none. Another one before 1970 or at its start is long past; 0 means something else further on. */
function expiry(ms: number): number {
  return ms > 0 || ms === -1 ? ms : 1;
}
