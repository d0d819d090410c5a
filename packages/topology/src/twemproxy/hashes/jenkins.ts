import { int32At, type KeyHash } from './key-hash.ts';

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
const from = 0xdead_beef + 13;

/** Jenkins's lookup3, little-endian. */
export const jenkins: KeyHash = (bytes, start, end) => {
  let a = (from + (end - start)) | 0;
  let b = a;
  let c = a;
  let at = start;
  for (; end - at > 12; at += 12) {
    a = (a + int32At(bytes, at)) | 0;
    b = (b + int32At(bytes, at + 4)) | 0;
    c = (c + int32At(bytes, at + 8)) | 0;
    a = ((a - c) | 0) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 4);
    b = (b + a) | 0;
  }
  if (at === end) return c >>> 0;
  a = (a + upToFour(bytes, at, end)) | 0;
  b = (b + upToFour(bytes, at + 4, end)) | 0;
  c = (c + upToFour(bytes, at + 8, end)) | 0;
  return finish(a, b, c);
};

/** A little-endian number of the bytes that are left, at most four. */
function upToFour(bytes: Uint8Array, at: number, end: number): number {
  let number = 0;
  for (let index = at; index < Math.min(at + 4, end); index++) number |= (bytes[index] as number) << ((index - at) * 8);
  return number;
}

function finish(x: number, y: number, z: number): number {
  let [a, b, c] = [x, y, z];
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  return ((c ^ b) - rotate(b, 24)) >>> 0;
}
