/** A string of an RDB is stored as a number, or packed, when the upper two bits of its first byte are set. */
const special = 0xc0;
const packed = 0xc3;

/**
 * How many bytes the string value in `bytes[start, end)` of an RDB has when it is read, which may be more than it takes
 * there. Spec: rdb.h, RDB_6BITLEN … RDB_ENC_LZF.
 */
export function stringBytes(bytes: Buffer, start: number, end: number): number {
  const first = bytes[start] as number;
  if (first < special) return end - start - lengthOf(bytes, start).bytes;
  if (first === packed) {
    const { bytes: taken } = lengthOf(bytes, start + 1);
    return lengthOf(bytes, start + 1 + taken).value;
  }
  const size = first === special ? 1 : first === special + 1 ? 2 : 4;
  return String(bytes.readIntLE(start + 1, size)).length;
}

function lengthOf(bytes: Buffer, at: number): { value: number; bytes: number } {
  const first = bytes[at] as number;
  if (first < 0x40) return { value: first, bytes: 1 };
  if (first < 0x80) return { value: ((first & 0x3f) << 8) | (bytes[at + 1] as number), bytes: 2 };
  if (first === 0x80) return { value: bytes.readUInt32BE(at + 1), bytes: 5 };
  return { value: Number(bytes.readBigUInt64BE(at + 1)), bytes: 9 };
}
