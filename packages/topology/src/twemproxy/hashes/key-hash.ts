/** A hash of the bytes in `[start, end)`, as an unsigned 32-bit number. */
export type KeyHash = (bytes: Buffer, start: number, end: number) => number;
