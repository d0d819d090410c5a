import { existsSync } from 'node:fs';
import path from 'node:path';
import { removeDir, tempDir } from '@cacheferry/testkit';
import { afterEach, expect, test } from 'vitest';
import { SuspectList } from './suspect-list.ts';

const dir = tempDir('suspects');
afterEach(() => removeDir(path.join(dir, 'list')));

const suspect = (db: number, key: string, bytes = 1) => ({
  db,
  key: Buffer.from(key, 'latin1'),
  bytes,
  fingerprint: 'f',
});
const all = (list: SuspectList, most = { keys: 64, bytes: 1e9 }) => [...list.batches(most)];

test('a key that comes twice is there once', () => {
  const list = new SuspectList(path.join(dir, 'list'));
  for (const db of [0, 1, 0]) list.add(suspect(db, 'same'));
  expect(list.size).toBe(2);
  expect(all(list).map(({ db, suspects }) => [db, suspects.length])).toEqual([
    [0, 1],
    [1, 1],
  ]);
});

test('batches keep to their numbers of keys and bytes, and to one database', () => {
  const list = new SuspectList(path.join(dir, 'list'));
  for (let i = 0; i < 10; i++) list.add(suspect(i % 2, `k${i}`, i === 4 ? 100 : 1));
  const sizes = all(list, { keys: 3, bytes: 50 }).map(({ suspects }) => suspects.length);
  expect(sizes.reduce((a, b) => a + b)).toBe(10);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
  for (const { db, suspects } of all(list, { keys: 3, bytes: 50 }))
    expect(suspects.every((s) => s.db === db)).toBe(true);
});

test('many go to disk, come back whole and each once, and leave nothing behind', () => {
  const list = new SuspectList(path.join(dir, 'list'));
  const odd = Buffer.from([0, 255, 10, 13, 32]).toString('latin1');
  for (let i = 0; i < 250_000; i++) list.add(suspect(3, `key:${i % 200_000}`));
  list.add(suspect(3, odd, 77));
  expect(existsSync(path.join(dir, 'list'))).toBe(true);
  const found = all(list, { keys: 1000, bytes: 1e9 }).flatMap(({ suspects }) => suspects);
  expect(found).toHaveLength(200_001);
  expect(new Set(found.map(({ key }) => key.toString('latin1'))).size).toBe(200_001);
  expect(found.find(({ key }) => key.toString('latin1') === odd)).toMatchObject({ bytes: 77, fingerprint: 'f', db: 3 });
  list.remove();
  expect(existsSync(path.join(dir, 'list'))).toBe(false);
});

test('a suspect without a fingerprint or with an empty name survives the disk', () => {
  const list = new SuspectList(path.join(dir, 'list'));
  list.add({ db: 0, key: Buffer.alloc(0), bytes: 0, fingerprint: '' });
  for (let i = 0; i < 100_000; i++) list.add(suspect(0, `k${i}`));
  const found = all(list).flatMap(({ suspects }) => suspects);
  expect(found.filter(({ key }) => key.length === 0)).toEqual([
    { db: 0, key: Buffer.alloc(0), bytes: 0, fingerprint: '' },
  ]);
  list.remove();
});
