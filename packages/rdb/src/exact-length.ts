/**
 * An RDB length at `at` with all its 64 bits, for numbers that are no sizes: stream ids, module ids, counters.
 * The bytes must have been passed by a cursor before.
 */
export function exactLength(buffer: Buffer, at: number): bigint {
  const first = buffer[at] ?? 0;
  if (first === 0x81) return buffer.readBigUInt64BE(at + 1);
  if (first === 0x80) return BigInt(buffer.readUInt32BE(at + 1));
  return BigInt(first < 0x40 ? first : ((first & 0x3f) << 8) | (buffer[at + 1] ?? 0));
}
