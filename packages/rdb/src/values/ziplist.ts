import { damagedValue } from './damaged.ts';

const headerBytes = 10;
const unknownCount = 65_535;

/**
 * The elements of a ziplist; integers as text.
 *
 * Shape: bytes u32 LE, tail u32 LE, count u16 LE (65535 = unknown), elements of length before (1 or 5 bytes),
 * encoding and data, 0xFF. Returns slices of `blob` where an element is a string. `offset` is for the error.
 * Throws `rdb.corrupt`. Spec: redis ziplist.c.
 */
export function readZiplist(blob: Buffer, offset = 0): Buffer[] {
  if (blob.length < headerBytes + 1 || blob.readUInt32LE(0) !== blob.length) throw damagedValue('ziplist size', offset);
  const elements: Buffer[] = [];
  let at = headerBytes;
  while (at < blob.length - 1) at = readElement(blob, at, elements, offset);
  const count = blob.readUInt16LE(8);
  const isCounted = count === unknownCount || count === elements.length;
  if (at !== blob.length - 1 || blob[at] !== 0xff || !isCounted) throw damagedValue('ziplist end', offset + at);
  return elements;
}

function readElement(blob: Buffer, from: number, elements: Buffer[], offset: number): number {
  const end = blob.length - 1;
  const at = from + ((blob[from] as number) < 254 ? 1 : 5);
  const encoding = at < end ? (blob[at] as number) : 0xff;
  const width = widthOf(encoding);
  if (width === undefined || at + width > end) throw damagedValue('ziplist element', offset + at);
  const isText = encoding < 0xc0;
  const next = at + width + (isText ? textLength(blob, at, encoding) : 0);
  if (next > end) throw damagedValue('ziplist element', offset + at);
  elements.push(isText ? blob.subarray(at + width, next) : Buffer.from(integer(blob, at, encoding)));
  return next;
}

/** Bytes of an element's encoding, for integers the value included. */
function widthOf(encoding: number): number | undefined {
  if (encoding < 0x40) return 1;
  if (encoding < 0x80) return 2;
  if (encoding < 0xc0) return 5;
  if (encoding > 0xf0 && encoding < 0xfe) return 1;
  return { 192: 3, 208: 5, 224: 9, 240: 4, 254: 2 }[encoding];
}

function textLength(blob: Buffer, at: number, encoding: number): number {
  if (encoding < 0x40) return encoding;
  return encoding < 0x80 ? ((encoding & 0x3f) << 8) | (blob[at + 1] as number) : blob.readUInt32BE(at + 1);
}

function integer(blob: Buffer, at: number, encoding: number): string {
  if (encoding === 0xc0) return String(blob.readInt16LE(at + 1));
  if (encoding === 0xd0) return String(blob.readInt32LE(at + 1));
  if (encoding === 0xe0) return String(blob.readBigInt64LE(at + 1));
  if (encoding === 0xf0) return String(blob.readIntLE(at + 1, 3));
  if (encoding === 0xfe) return String(blob.readInt8(at + 1));
  return String((encoding & 0x0f) - 1);
}
