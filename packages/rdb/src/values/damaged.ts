import { FerryError } from '@cacheferry/kernel';

/** A packed value that contradicts itself; `offset` is where in the file it lies. */
export function damagedValue(reason: string, offset: number): FerryError {
  return new FerryError('rdb.corrupt', { offset, reason });
}
