/** A hash of the bytes in `[start, end)`, as an unsigned 32-bit number. */
export type KeyHash = (bytes: Uint8Array, start: number, end: number) => number;

/** The signed little-endian number in four bytes. */
export const int32At = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);
