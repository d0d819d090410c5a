import { FerryError } from '@cacheferry/kernel';

/** The most that one packed byte can become: a reference of three bytes repeats at most 264. */
const maxGrowth = 88;

/**
 * Unpacks LZF into `size` bytes; `offset` is for the error. The size is checked against what the packed bytes can hold before it is allocated.
 *
 * Throws `rdb.corrupt` when the packed bytes point outside or do not give exactly `size` bytes.
 * Spec: liblzf lzf_d.c.
 */
export function unpackLzf(packed: Buffer, size: number, offset = 0): Buffer {
  if (size > packed.length * maxGrowth) throw damaged(offset);
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  let to = 0;
  while (at < packed.length) {
    const control = packed[at++] as number;
    if (control < 32) {
      const length = control + 1;
      if (at + length > packed.length || to + length > size) throw damaged(offset);
      to += packed.copy(out, to, at, at + length);
      at += length;
      continue;
    }
    let length = control >> 5;
    if (length === 7) length += at < packed.length ? (packed[at++] as number) : 0;
    if (at >= packed.length) throw damaged(offset);
    const from = to - (((control & 31) << 8) | (packed[at++] as number)) - 1;
    if (from < 0 || to + length + 2 > size) throw damaged(offset);
    to = repeat(out, from, to, length + 2);
  }
  if (to !== size) throw damaged(offset);
  return out;
}

/** Copies bytes that may overlap with what is being written: that is how LZF repeats a pattern. */
function repeat(out: Buffer, from: number, to: number, length: number): number {
  if (from + length <= to) out.copyWithin(to, from, from + length);
  else for (let i = 0; i < length; i++) out[to + i] = out[from + i] as number;
  return to + length;
}

const damaged = (offset: number) => new FerryError('rdb.corrupt', { offset, reason: 'packed string' });
