import type { KeyHash } from './key-hash.ts';

const init32 = 0x811c_9dc5;
const prime32 = 0x0100_0193;
/** The lower halves of the 64-bit constants: twemproxy keeps the lower half of the hash, which depends on these alone. */
const init64 = 0x8422_2325;
const prime64 = 0x0000_01b3;

// `<< 24 >> 24`: bytes are signed there.

function fnv1(init: number, prime: number): KeyHash {
  return (bytes, start, end) => {
    let hash = init;
    for (let at = start; at < end; at++) hash = Math.imul(hash, prime) ^ (((bytes[at] as number) << 24) >> 24);
    return hash >>> 0;
  };
}

function fnv1a(init: number, prime: number): KeyHash {
  return (bytes, start, end) => {
    let hash = init;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (((bytes[at] as number) << 24) >> 24), prime);
    return hash >>> 0;
  };
}

export const fnv1_64 = fnv1(init64, prime64);
export const fnv1a_64 = fnv1a(init64, prime64);
export const fnv1_32 = fnv1(init32, prime32);
export const fnv1a_32 = fnv1a(init32, prime32);
