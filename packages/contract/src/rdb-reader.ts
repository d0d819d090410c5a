import { FerryError } from '@cacheferry/kernel';

/** Servers that an RDB file can be written for, by name and version. */
export const rdbReaders = [
  'redis-2.6',
  'redis-2.8',
  'redis-3.0',
  'redis-3.2',
  'redis-4.0',
  'redis-5.0',
  'redis-6.0',
  'redis-6.2',
  'redis-7.0',
  'redis-7.2',
  'redis-7.4',
  'redis-8.0',
  'redis-8.2',
  'redis-8.4',
  'valkey-7.2',
  'valkey-8.0',
  'valkey-8.1',
  'valkey-9.0',
] as const;
export type RdbReader = (typeof rdbReaders)[number];

/**
 * Reads the server that a file is meant for: `redis-6.0`, `valkey-8.1`; a bare number is one of Redis, and a third number
 * (`6.0.16`) changes nothing.
 *
 * Throws `endpoint.invalid`.
 */
export function parseRdbReader(text: string): RdbReader {
  const [, product = 'redis', number = ''] = /^(?:(redis|valkey)-)?(\d{1,2}\.\d{1,2})(?:\.\d{1,4})?$/.exec(text) ?? [];
  const reader = rdbReaders.find((one) => one === `${product}-${number}`);
  if (reader !== undefined) return reader;
  const problem = `version= names no server that a file can be written for (${rdbReaders.join(', ')})`;
  throw new FerryError('endpoint.invalid', { problem, example: 'rdb:/data/dump.rdb?version=redis-6.0' });
}
