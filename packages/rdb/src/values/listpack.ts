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
  const next = at + length + backLength(length);
  if (!isBackLength(blob, at + length, next, length)) throw damagedValue('listpack back length', offset + at);
  return next;
}

/** Seven bits a byte, the highest first; all but the first are marked. */
function isBackLength(blob: Buffer, start: number, end: number, length: number): boolean {
  if (length <= 127) return blob[start] === length;
  let rest = length;
  for (let at = end - 1; at >= start; at--) {
    if (blob[at] !== ((rest & 127) | (at > start ? 128 : 0))) return false;
    rest >>>= 7;
  }
  return rest === 0;
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
  if (first < 0x80) return String(first);
  if (first < 0xf0) return String(((((first & 0x1f) << 8) | (blob[at + 1] as number)) << 19) >> 19);
  if (first === 0xf1) return String(blob.readInt16LE(at + 1));
  if (first === 0xf2) return String(blob.readIntLE(at + 1, 3));
  if (first === 0xf3) return String(blob.readInt32LE(at + 1));
  return String(blob.readBigInt64LE(at + 1));
}

function backLength(length: number): number {
  if (length <= 127) return 1;
  if (length < 16_383) return 2;
  if (length < 2_097_151) return 3;
  return length < 268_435_455 ? 4 : 5;
}
