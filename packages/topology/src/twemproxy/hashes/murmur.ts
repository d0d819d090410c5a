import { int32At, type KeyHash } from './key-hash.ts';

const m = 0x5bd1_e995;

/** MurmurHash2, seeded by the length. */
export const murmur: KeyHash = (bytes, start, end) => {
  const length = end - start;
  let hash = Math.imul(0xdead_beef, length) ^ length;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let four = Math.imul(int32At(bytes, at), m);
    four = Math.imul(four ^ (four >>> 24), m);
    hash = Math.imul(hash, m) ^ four;
  }
  const left = end - at;
  if (left > 2) hash ^= (bytes[at + 2] as number) << 16;
  if (left > 1) hash ^= (bytes[at + 1] as number) << 8;
  if (left > 0) hash = Math.imul(hash ^ (bytes[at] as number), m);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, m);
  return (hash ^ (hash >>> 15)) >>> 0;
};
