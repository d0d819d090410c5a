import { FerryError } from '@cacheferry/kernel';

/** The longest line (status, error, number, length) a peer may send. */
export const maxLineBytes = 65_536;
/** The deepest nesting of arrays in a reply. */
export const maxDepth = 32;
/** The longest bulk string unless set otherwise: the server's own default `proto-max-bulk-len`. */
export const defaultMaxBulkBytes = 512 * 1024 * 1024;

/** What is wrong with bytes of the wire; `endpoint` is filled in by the connection that knows it. */
export function malformed(problem: string, bytes: Buffer, at = 0): FerryError {
  const hex = bytes.subarray(at, at + 32).toString('hex');
  return new FerryError('protocol.malformed', { endpoint: 'The server', problem, hex });
}

/**
 * Reads a decimal number between `from` and `to` (exclusive), with an optional minus.
 *
 * Returns `NaN` for anything else, and beyond 2^53−1.
 */
export function readDecimal(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === 0x2d;
  const first = isNegative ? from + 1 : from;
  if (first >= to || to - first > 16) return Number.NaN;
  let value = 0;
  for (let at = first; at < to; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
  return isNegative ? -value : value;
}
