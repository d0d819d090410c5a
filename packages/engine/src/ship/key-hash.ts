/**
 * A 64-bit hash of a key in its database, in two halves: so rare are two keys with the same one that sets of hashes can
 * stand for sets of keys. `high` and `low` hold the result of the last `of`.
 */
export class KeyHash {
  high = 0;
  low = 0;

  of(db: number, bytes: Buffer, start: number, end: number): this {
    let a = 0x9e37_79b9 ^ db;
    let b = 0x85eb_ca6b ^ (end - start);
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      a = Math.imul(a ^ byte, 0x0100_0193);
      b = Math.imul((b << 5) | (b >>> 27), 0xcc9e_2d51) ^ Math.imul(byte + 1, 0x1b87_3593);
    }
    this.high = spread(a ^ Math.imul(b, 0x2545_f491)) >>> 0;
    this.low = spread(b + Math.imul(a, 0x27d4_eb2f)) >>> 0;
    return this;
  }
}

/** Spec: the last steps of MurmurHash3, 32 bits. */
function spread(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
