import { rdbReaders } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { formatOfReader, readsHeader } from './reader-formats.ts';

test.each([
  ['redis-2.6', { zset: false, quicklist: false, stream: false, listpack: false, fieldTtl: false }],
  ['redis-3.2', { zset: false, quicklist: true, stream: false, listpack: false, fieldTtl: false }],
  ['redis-4.0', { zset: true, quicklist: true, stream: false, listpack: false, fieldTtl: false }],
  ['redis-6.2', { zset: true, quicklist: true, stream: true, listpack: false, fieldTtl: false }],
  ['redis-7.0', { zset: true, quicklist: true, stream: true, listpack: true, fieldTtl: false }],
  ['redis-8.0', { zset: true, quicklist: true, stream: true, listpack: true, fieldTtl: true }],
  ['valkey-8.1', { zset: true, quicklist: true, stream: true, listpack: true, fieldTtl: false }],
] as const)('%s reads the types that it has', (name, wanted) => {
  const { refused } = formatOfReader(name);
  const reads = (type: number) => !refused.has(type);
  const found = { zset: reads(5), quicklist: reads(14), stream: reads(15), listpack: reads(16), fieldTtl: reads(24) };
  expect(found).toEqual(wanted);
});

test('a hash with field expiries has the form of its family only', () => {
  expect(formatOfReader('valkey-9.0').refused.has(22)).toBe(false);
  expect(formatOfReader('valkey-9.0').refused.has(24)).toBe(true);
  expect(formatOfReader('redis-8.0').refused.has(22)).toBe(true);
});

test.each([
  ['redis-6.0', 'REDIS', 9, true],
  ['redis-6.0', 'REDIS', 10, false],
  ['redis-8.0', 'VALKEY', 80, false],
  ['valkey-9.0', 'REDIS', 11, true],
  ['valkey-9.0', 'REDIS', 12, false],
  ['valkey-9.0', 'VALKEY', 80, true],
] as const)('that %s reads a file of %s %i is %s', (name, magic, version, isRead) => {
  expect(readsHeader(formatOfReader(name), magic, version)).toBe(isRead);
});

test('every server reads the plain forms', () => {
  for (const name of rdbReaders)
    for (const type of [0, 1, 2, 3, 4]) expect(formatOfReader(name).refused.has(type)).toBe(false);
});
