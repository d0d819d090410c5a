import { unpackLzfInto } from '@cacheferry/rdb';
import type { RestoreValue } from '../write/restore-command.ts';

/** Types whose value is one string: packed lists, sets and hashes. */
const packedTypes: ReadonlySet<number> = new Set([10, 11, 12, 13, 16, 17, 20]);
/** How an LZF string begins. */
const lzf = 0xc3;
/** A value that packing made smaller than half goes as it is: there the bytes saved weigh more. */
const maxGrowth = 2;
const headBytes = 5;

/** A part of an arena for one unpacked value. */
export type UnpackRoom = { bytes: Buffer; at: number };

/**
 * Unpacks values before they are sent, where this side has time that the target does not have: unpacking is a tenth of
 * what a target does for a packed value.
 */
export class ValueUnpacker {
  readonly #room: UnpackRoom;
  #at = 0;

  constructor(room: UnpackRoom) {
    this.#room = room;
  }

  /** Puts the unpacked form in the place of a packed one that is worth it; else the value stays as it is. */
  unpack(value: RestoreValue): void {
    const { buffer, start, end } = value;
    if (buffer[start] !== lzf || !packedTypes.has(value.type)) return;
    this.#at = start + 1;
    const packed = this.#length(buffer);
    const size = this.#length(buffer);
    const from = this.#at;
    const { bytes, at } = this.#room;
    if (from + packed !== end || size > packed * maxGrowth || size + headBytes > bytes.length) return;
    bytes[0] = 0x80;
    bytes.writeUInt32BE(size, 1);
    // What cannot be unpacked is left to the target to judge.
    if (!unpackLzfInto({ bytes: buffer, start: from, end }, bytes, headBytes, size)) return;
    value.buffer = bytes;
    value.start = 0;
    value.end = headBytes + size;
    value.arenaAt = at;
  }

  /** Spec: rdb.c, rdbLoadLen. What is longer than 32 bits can say is no length of a value that fits. */
  #length(buffer: Buffer): number {
    const at = this.#at;
    const first = buffer[at] as number;
    this.#at += first < 0x40 ? 1 : first < 0x80 ? 2 : headBytes;
    if (first < 0x40) return first;
    if (first < 0x80) return ((first & 0x3f) << 8) | (buffer[at + 1] as number);
    return first === 0x80 ? buffer.readUInt32BE(at + 1) : Number.POSITIVE_INFINITY;
  }
}
