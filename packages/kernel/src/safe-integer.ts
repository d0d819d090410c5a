import { FerryError } from './errors/ferry-error.ts';

/** A 64-bit number as a JavaScript number; throws `internal.unexpected` beyond 2^53−1, where it would lose bits. */
export function toSafeInteger(value: bigint | number | string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new FerryError('internal.unexpected', {}, new RangeError(`${value} is not a safe integer`));
}
