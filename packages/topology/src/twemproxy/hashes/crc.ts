import type { KeyHash } from './key-hash.ts';

const table16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

const table32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc >>> 0;
});

/** CRC16 (XMODEM) in a 32-bit register: what is shifted out of the lower half stays. */
export const crc16: KeyHash = (bytes, start, end) => {
  let crc = 0;
  for (let at = start; at < end; at++)
    crc = (crc << 8) ^ (table16[((crc >>> 8) ^ (bytes[at] as number)) & 0xff] as number);
  return crc >>> 0;
};

/** CRC32 as in the specification. */
export const crc32a: KeyHash = (bytes, start, end) => {
  let crc = -1;
  for (let at = start; at < end; at++) crc = (crc >>> 8) ^ (table32[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return ~crc >>> 0;
};

/** Fifteen bits of it, as libmemcached takes them. */
export const crc32: KeyHash = (bytes, start, end) => (crc32a(bytes, start, end) >>> 16) & 0x7fff;
