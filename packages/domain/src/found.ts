import { FerryError } from '@cacheferry/kernel';

/** What was looked for; throws `request.not_found` where it is not there. */
export function found<T>(value: T | null | undefined, kind: string): T {
  if (value === null || value === undefined) throw new FerryError('request.not_found', { kind });
  return value;
}
