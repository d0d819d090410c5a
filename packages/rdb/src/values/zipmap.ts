import { damagedValue } from './damaged.ts';

const endMark = 255;
const longMark = 254;

/**
 * Fields and values in turn of a zipmap, as Redis before 2.6 kept small hashes.
 *
 * Shape: count, then per field a length (1 byte, or 254 and u32 LE) and its bytes, a length, one byte of free space,
 * the value's bytes and the free space; 0xFF. `offset` is for the error.
 * Throws `rdb.corrupt`. Spec: redis zipmap.c.
 */
export function readZipmap(blob: Buffer, offset = 0): Buffer[] {
  const parts: Buffer[] = [];
  const place = { blob, parts, offset };
  let at = 1;
  while (at < blob.length && blob[at] !== endMark) {
    at = readPart(place, at, 0);
    if (at >= blob.length || blob[at] === endMark) throw damagedValue('zipmap value', offset + at);
    at = readPart(place, at, 1);
  }
  const count = blob[0] as number;
  const isCounted = count >= longMark || count * 2 === parts.length;
  if (at !== blob.length - 1 || !isCounted) throw damagedValue('zipmap end', offset + at);
  return parts;
}

/** One field or, with a byte of free space, one value. */
type Place = { blob: Buffer; parts: Buffer[]; offset: number };
function readPart({ blob, parts, offset }: Place, at: number, freeByte: 0 | 1): number {
  const isLong = blob[at] === longMark;
  const start = at + (isLong ? 5 : 1) + freeByte;
  if (start > blob.length) throw damagedValue('zipmap length', offset + at);
  const end = start + (isLong ? blob.readUInt32LE(at + 1) : (blob[at] as number));
  if (end > blob.length) throw damagedValue('zipmap length', offset + at);
  parts.push(blob.subarray(start, end));
  return end + (freeByte ? (blob[start - 1] as number) : 0);
}
