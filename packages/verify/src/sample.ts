import { Crc64 } from '@cacheferry/rdb';

const crc = new Crc64();

/**
 * Picks about `wanted` of `total` keys, the same ones on every side and in every run: by the hash of the key alone.
 * Returns a test for the key that lies at `[start, end)`.
 */
export function sampleTest(wanted: number, total: number): (bytes: Buffer, start: number, end: number) => boolean {
  if (wanted >= total) return () => true;
  const limit = Math.max(1, Math.floor((wanted / total) * 2 ** 32));
  return (bytes, start, end) => {
    const { low, high } = crc.reset().update(bytes, start, end);
    return Math.imul(low ^ (high >>> 7), 0x9e3779b1) >>> 0 < limit;
  };
}
