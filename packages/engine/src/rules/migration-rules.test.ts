import { MigrationOptions, parseEndpointUrl } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { rulesOf } from './migration-rules.ts';

const originsOf = (options: { dbMap?: string[]; exclude?: string[] }, db: number) =>
  rulesOf(MigrationOptions.parse(options), parseEndpointUrl('redis://s'), parseEndpointUrl('redis://t'))?.dbOrigins(db);

test('a database comes from where its rules say, and else from itself, however high its number', () => {
  expect(originsOf({ exclude: ['no*'] }, 3)).toEqual([3]);
  expect(originsOf({ exclude: ['no*'] }, 5_000)).toEqual([5_000]);
  expect(originsOf({ dbMap: ['5000:1', '2:1'] }, 1)).toEqual([1, 2, 5_000]);
  expect(originsOf({ dbMap: ['5000:1'] }, 5_000)).toEqual([]);
  expect(originsOf({ exclude: ['db:5000'] }, 5_000)).toEqual([]);
});
