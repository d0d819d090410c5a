import { backLength, isBackLength, listpackInteger } from './count-packed.ts';
import { damagedValue } from './damaged.ts';

const headerBytes = 6;
const unknownCount = 65_535;

/**
 * The elements of a listpack; integers as text.
 *
 * Shape: total bytes u32 LE, count u16 LE (65535 = unknown), elements of encoding, data and length backwards, 0xFF.
 * Returns slices of `blob` where an element is a string. `offset` is for the error. Lengths backwards are compared: a
 * server that reads from the end goes by them.
 * Throws `rdb.corrupt`. Spec: redis listpack.c.
 */
export function readListpack(blob: Buffer, offset = 0): Buffer[] {
  if (blob.length < headerBytes + 1 || blob.readUInt32LE(0) !== blob.length) {
    throw damagedValue('listpack size', offset);
  }
  const elements: Buffer[] = [];
  let at = headerBytes;
  while (at < blob.length - 1) at = readElement(blob, at, elements, offset);
  const count = blob.readUInt16LE(4);
  const isCounted = count === unknownCount || count === elements.length;
  if (at !== blob.length - 1 || blob[at] !== 0xff || !isCounted) throw damagedValue('listpack end', offset + at);
  return elements;
}

function readElement(blob: Buffer, at: number, elements: Buffer[], offset: number): number {
  const end = blob.length - 1;
  const first = blob[at] as number;
  const head = headOf(first);
  if (head === undefined || at + head > end) throw damagedValue('listpack element', offset + at);
  const isText = (first & 0xc0) === 0x80 || (first & 0xf0) === 0xe0 || first === 0xf0;
  const length = head + (isText ? textLength(blob, at, first) : 0);
  if (at + length > end) throw damagedValue('listpack element', offset + at);
  elements.push(isText ? blob.subarray(at + head, at + length) : Buffer.from(integer(blob, at, first)));
  const bytes = backLength(length);
  if (!isBackLength(blob, at + length, { bytes, length })) throw damagedValue('listpack back length', offset + at);
  return at + length + bytes;
}

/** Bytes of an element's encoding, for integers the value included. */
function headOf(first: number): number | undefined {
  if (first < 0xc0) return 1;
  if (first < 0xf0) return 2;
  return [5, 3, 4, 5, 9][first - 0xf0];
}

function textLength(blob: Buffer, at: number, first: number): number {
  if (first < 0xc0) return first & 0x3f;
  if (first < 0xf0) return ((first & 0x0f) << 8) | (blob[at + 1] as number);
  return blob.readUInt32LE(at + 1);
}

function integer(blob: Buffer, at: number, first: number): string {
  return String(first === 0xf4 ? blob.readBigInt64LE(at + 1) : listpackInteger(blob, at));
}
