/** Elements of a packed blob in `bytes[start, end)`; −1 when it contradicts itself. */
export type CountPacked = (bytes: Uint8Array, start: number, end: number) => number;

/** A count of 16 bits that says nothing. */
const unknownCount = 65_535;

const u16 = (b: Uint8Array, at: number): number => (b[at] as number) | ((b[at + 1] as number) << 8);
const u32 = (b: Uint8Array, at: number): number => u16(b, at) + u16(b, at + 2) * 65_536;
const i32 = (b: Uint8Array, at: number): number => u16(b, at) | (u16(b, at + 2) << 16);
const u32be = (b: Uint8Array, at: number): number =>
  (b[at] as number) * 16_777_216 + ((b[at + 1] as number) << 16) + ((b[at + 2] as number) << 8) + (b[at + 3] as number);

/** Spec: redis listpack.c, lpValidateIntegrity. */
export function countListpack(b: Uint8Array, start: number, end: number): number {
  const last = end - 1;
  if (last - start < 6 || u32(b, start) !== end - start || b[last] !== 0xff) return -1;
  let count = 0;
  let at = start + 6;
  while (at < last) {
    const length = listpackLength(b, at);
    at += length;
    if (length <= 127) {
      if (length === 0 || at >= last || b[at++] !== length) return -1;
    } else {
      const back = backLength(length);
      if (at + back > last || !isBackLength(b, at, { bytes: back, length })) return -1;
      at += back;
    }
    count++;
  }
  const told = u16(b, start + 4);
  return at === last && (told === unknownCount || told === count) ? count : -1;
}

/** Where the element behind the one at `at` begins, in a listpack that is sound. */
export function listpackNext(b: Uint8Array, at: number): number {
  const length = listpackLength(b, at);
  return at + length + backLength(length);
}

/** The integer at `at` of a listpack; NaN where a text stands. Beyond 2^53 it is near only. */
export function listpackInteger(b: Uint8Array, at: number): number {
  const first = b[at] as number;
  if (first < 0x80) return first;
  if (first >= 0xc0 && first < 0xe0) return ((((first & 0x1f) << 8) | (b[at + 1] as number)) << 19) >> 19;
  const bytes = first === 0xf4 ? 8 : first > 0xf0 && first < 0xf4 ? first - 0xef : 0;
  if (bytes === 0) return Number.NaN;
  let value = 0;
  for (let i = bytes; i > 0; i--) value = value * 256 + (b[at + i] as number);
  return (b[at + bytes] as number) > 127 ? value - 2 ** (bytes * 8) : value;
}

/** Bytes of an element, its length backwards not counted; 0 for an encoding that is none. */
function listpackLength(b: Uint8Array, at: number): number {
  const first = b[at] as number;
  if (first < 0x80) return 1;
  if (first < 0xc0) return 1 + (first & 0x3f);
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 2 + (((first & 15) << 8) | (b[at + 1] as number));
  if (first === 0xf0) return 5 + u32(b, at + 1);
  return [0, 3, 4, 5, 9][first - 0xf0] ?? 0;
}

/** How many bytes the length backwards of an element of so many bytes takes. */
export function backLength(length: number): number {
  if (length <= 127) return 1;
  if (length < 16_383) return 2;
  if (length < 2_097_151) return 3;
  return length < 268_435_455 ? 4 : 5;
}

/** Seven bits a byte, the highest first; all but the first are marked. */
export function isBackLength(
  b: Uint8Array,
  start: number,
  { bytes, length }: { bytes: number; length: number },
): boolean {
  let rest = length;
  for (let at = start + bytes - 1; at >= start; at--) {
    if (b[at] !== ((rest & 127) | (at > start ? 128 : 0))) return false;
    rest >>>= 7;
  }
  return rest === 0;
}

/** Spec: redis ziplist.c, ziplistValidateIntegrity. */
export function countZiplist(b: Uint8Array, start: number, end: number): number {
  const last = end - 1;
  if (last - start < 10 || u32(b, start) !== end - start || b[last] !== 0xff) return -1;
  let [count, at, before] = [0, start + 10, 0];
  while (at < last) {
    const length = ziplistLength(b, at, before);
    if (length === 0 || at + length > last) return -1;
    at += length;
    before = length;
    count++;
  }
  const told = u16(b, start + 8);
  const isTail = u32(b, start + 4) === at - before - start;
  return at === last && isTail && (told === unknownCount || told === count) ? count : -1;
}

/** Bytes of an element; 0 when it is none, or tells another length of the one before. */
function ziplistLength(b: Uint8Array, at: number, before: number): number {
  const isShort = (b[at] as number) < 254;
  const told = isShort ? b[at] : u32(b, at + 1);
  const head = isShort ? 1 : 5;
  const rest = told === before ? dataLength(b, at + head) : 0;
  return rest === 0 ? 0 : head + rest;
}

/** Bytes of encoding and data; 0 for an encoding that is none. */
function dataLength(b: Uint8Array, at: number): number {
  const first = b[at] as number;
  if (first < 0x40) return 1 + first;
  if (first < 0x80) return 2 + (((first & 63) << 8) | (b[at + 1] as number));
  if (first === 0x80) return 5 + u32be(b, at + 1);
  if (first > 0xf0 && first < 0xfe) return 1;
  return { 192: 3, 208: 5, 224: 9, 240: 4, 254: 2 }[first] ?? 0;
}

/** Spec: redis intset.c, intsetValidateIntegrity. */
export function countIntset(b: Uint8Array, start: number, end: number): number {
  if (end - start < 8) return -1;
  const [width, count] = [u32(b, start), u32(b, start + 4)];
  if ((width !== 2 && width !== 4 && width !== 8) || end - start !== 8 + count * width) return -1;
  for (let at = start + 8 + width; at < end; at += width) if (!rises(b, at - width, { at, width })) return -1;
  return count;
}

function rises(b: Uint8Array, before: number, { at, width }: { at: number; width: number }): boolean {
  if (width === 2) return (u16(b, before) << 16) >> 16 < (u16(b, at) << 16) >> 16;
  if (width === 4) return i32(b, before) < i32(b, at);
  const [high, low] = [i32(b, before + 4), u32(b, before)];
  const next = i32(b, at + 4);
  return high < next || (high === next && low < u32(b, at));
}
