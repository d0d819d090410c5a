import type { KeyHash } from './key-hash.ts';

const two = (bytes: Uint8Array, at: number): number => (bytes[at] as number) | ((bytes[at + 1] as number) << 8);

/** Hsieh's SuperFastHash from seed 0. The last of three odd bytes is signed, the others are not. */
export const hsieh: KeyHash = (bytes, start, end) => {
  if (start === end) return 0;
  let hash = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = (hash + two(bytes, at)) | 0;
    hash = (hash << 16) ^ (two(bytes, at + 2) << 11) ^ hash;
    hash = (hash + (hash >>> 11)) | 0;
  }
  hash = addRest(hash, bytes, at, end - at);
  hash ^= hash << 3;
  hash = (hash + (hash >>> 5)) | 0;
  hash ^= hash << 4;
  hash = (hash + (hash >>> 17)) | 0;
  hash ^= hash << 25;
  return (hash + (hash >>> 6)) >>> 0;
};

function addRest(from: number, bytes: Uint8Array, at: number, left: number): number {
  let hash = from;
  if (left === 3) {
    hash = (hash + two(bytes, at)) | 0;
    hash ^= hash << 16;
    hash ^= (((bytes[at + 2] as number) << 24) >> 24) << 18;
    return (hash + (hash >>> 11)) | 0;
  }
  if (left === 2) {
    hash = (hash + two(bytes, at)) | 0;
    hash ^= hash << 11;
    return (hash + (hash >>> 17)) | 0;
  }
  if (left === 1) {
    hash = (hash + (bytes[at] as number)) | 0;
    hash ^= hash << 10;
    return (hash + (hash >>> 1)) | 0;
  }
  return hash;
}
