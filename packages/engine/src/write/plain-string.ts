import type { RdbEntry } from '@cacheferry/rdb';
import { digitCount, type OutputBuffer } from './output-buffer.ts';

/** Larger strings are given to RESTORE: a copy of theirs costs more than a command. */
const plainStringBytes = 16_384;

/**
 * Whether a string lies in the RDB as its bytes or as a whole number, so that a command may write it without RESTORE.
 *
 * Spec: the string encodings of rdb.c, rdbGenericLoadStringObject.
 */
export function isPlainString({ buffer, valueStart, valueEnd, keyStart, keyEnd }: RdbEntry): boolean {
  if (valueEnd - valueStart > plainStringBytes || keyEnd - keyStart > plainStringBytes) return false;
  const first = buffer[valueStart] as number;
  return first < 0x81 || (first >= 0xc0 && first < 0xc3);
}

/**
 * Writes the key and the value of a plain string as two bulk strings. `isInArena`: the entry's buffer begins where the arena
 * of the output does.
 */
export function writePlainString(out: OutputBuffer, entry: RdbEntry, isInArena: boolean): void {
  const { buffer, keyBuffer, keyStart, keyEnd, valueStart, valueEnd } = entry;
  out.bulkAt(isInArena && keyBuffer === buffer ? keyStart : -1, keyBuffer, keyStart, keyEnd);
  const first = buffer[valueStart] as number;
  const at = valueStart + (first < 0x40 ? 1 : first < 0x80 ? 2 : 5);
  if (first < 0xc0) out.bulkAt(isInArena ? at : -1, buffer, at, valueEnd);
  else writeInteger(out, integerAt(buffer, valueStart + 1, first));
}

function integerAt(buffer: Buffer, at: number, encoding: number): number {
  if (encoding === 0xc0) return buffer.readInt8(at);
  return encoding === 0xc1 ? buffer.readInt16LE(at) : buffer.readInt32LE(at);
}

function writeInteger(out: OutputBuffer, value: number): void {
  if (value >= 0) return out.bulkNumber(value);
  out.reserve(48);
  out.head(0x24, digitCount(-value) + 1);
  out.bytes[out.length++] = 0x2d;
  out.digits(-value);
  out.lineEnd();
}
