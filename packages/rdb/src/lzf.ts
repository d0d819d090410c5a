import { FerryError } from '@cacheferry/kernel';

/** The most that one packed byte can become: a reference of three bytes repeats at most 264. */
const maxGrowth = 88;

/**
 * Unpacks LZF into `size` bytes; `offset` is for the error. The size is checked against what the packed bytes can hold before it is allocated.
 *
 * Throws `rdb.corrupt` when the packed bytes point outside or do not give exactly `size` bytes.
 */
export function unpackLzf(packed: Buffer, size: number, offset = 0): Buffer {
  if (size > packed.length * maxGrowth) throw damaged(offset);
  const out = Buffer.allocUnsafe(size);
  if (!unpackLzfInto({ bytes: packed, start: 0, end: packed.length }, out, 0, size)) throw damaged(offset);
  return out;
}

/**
 * Unpacks LZF into exactly `size` bytes at `at`, where there is room for them; false when it does not give so many, or
 * points outside. Literals and repeats are short: a loop is faster for them than a call into native code.
 *
 * Spec: liblzf lzf_d.c.
 */
export function unpackLzfInto(
  packed: { bytes: Uint8Array; start: number; end: number },
  out: Uint8Array,
  at: number,
  size: number,
): boolean {
  const { bytes, end } = packed;
  const last = at + size;
  let from = packed.start;
  let to = at;
  while (from < end) {
    const control = bytes[from++] as number;
    if (control < 32) {
      const stop = from + control + 1;
      if (stop > end || to + control >= last) return false;
      while (from < stop) out[to++] = bytes[from++] as number;
      continue;
    }
    let length = control >> 5;
    if (length === 7 && from < end) length += bytes[from++] as number;
    if (from >= end) return false;
    let repeated = to - (((control & 31) << 8) | (bytes[from++] as number)) - 1;
    const stop = to + length + 2;
    if (repeated < at || stop > last) return false;
    // What is repeated may be what is being written.
    while (to < stop) out[to++] = out[repeated++] as number;
  }
  return to === last;
}

const damaged = (offset: number) => new FerryError('rdb.corrupt', { offset, reason: 'packed string' });
