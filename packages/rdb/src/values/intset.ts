import { damagedValue } from './damaged.ts';

/**
 * The members of an intset, as text.
 *
 * Shape: width u32 LE (2, 4 or 8), count u32 LE, that many signed integers LE that rise. `offset` is for the error.
 * Throws `rdb.corrupt`. Spec: redis intset.c.
 */
export function readIntset(blob: Buffer, offset = 0): Buffer[] {
  const width = blob.length < 8 ? 0 : blob.readUInt32LE(0);
  const isWhole = (width === 2 || width === 4 || width === 8) && blob.length === 8 + blob.readUInt32LE(4) * width;
  if (!isWhole) throw damagedValue('intset', offset);
  const members: Buffer[] = [];
  let last: number | bigint = Number.NEGATIVE_INFINITY;
  for (let at = 8; at < blob.length; at += width) {
    const member = width === 8 ? blob.readBigInt64LE(at) : blob.readIntLE(at, width);
    if (member <= last) throw damagedValue('intset order', offset + at);
    members.push(Buffer.from(String(member)));
    last = member;
  }
  return members;
}
