import type { KeyHash } from './key-hash.ts';

/** Jenkins's one-at-a-time hash over signed bytes. */
export const oneAtATime: KeyHash = (bytes, start, end) => {
  let hash = 0;
  for (let at = start; at < end; at++) {
    hash = (hash + (((bytes[at] as number) << 24) >> 24)) | 0;
    hash = (hash + (hash << 10)) | 0;
    hash ^= hash >>> 6;
  }
  hash = (hash + (hash << 3)) | 0;
  hash ^= hash >>> 11;
  return (hash + (hash << 15)) >>> 0;
};
