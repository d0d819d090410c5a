import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FileInspection } from '@cacheferry/contract';
import { systemClock } from '@cacheferry/kernel';
import { afterAll, describe, expect, test } from 'vitest';
import { inspectFile } from '../src/inspect/inspect-file.ts';

const fixtures = path.join(import.meta.dirname, '../../../packages/rdb/test/fixtures');
const scratch = mkdtempSync(path.join(tmpdir(), 'ferry-inspect-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const inspect = async (file: string, budgetMs = 60_000) =>
  FileInspection.parse(await inspectFile(file, { clock: systemClock, signal: new AbortController().signal, budgetMs }));

const dirs = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
  .filter((dir) => /(^|\/)rdb-full$/.test(dir) && statSync(path.join(fixtures, dir)).isDirectory())
  .sort();
const plain = (file: string): Buffer =>
  existsSync(file) ? readFileSync(file) : gunzipSync(readFileSync(`${file}.gz`));

type Line = { db: number; key: string; type: string; pttl_at: number | null };

describe('an RDB', () => {
  test.each(dirs)('%s is counted by database and type as the server told its keys', async (dir) => {
    const rdb = plain(path.join(fixtures, dir, 'dump.rdb'));
    const file = path.join(scratch, 'dump.rdb');
    writeFileSync(file, rdb);
    const lines = String(plain(path.join(fixtures, dir, 'expected.jsonl')))
      .trim()
      .split('\n');
    const keys = lines.map((line) => JSON.parse(line) as Line);
    const databases: Record<string, Record<string, number>> = {};
    for (const { db, type } of keys) {
      const types = (databases[db] ??= {});
      types[type] = (types[type] ?? 0) + 1;
    }
    const found = await inspect(file);
    expect(found).toMatchObject({ keys: keys.length, databases, problem: null, isWhole: true, bytesRead: rdb.length });
    expect(found.isVerified).toBe((found.rdbVersion ?? 0) >= 5);
    expect(found.expiring).toBe(keys.filter(({ pttl_at }) => pttl_at !== null).length);
    expect(found.rdbVersion).toBe(Number(rdb.toString('latin1', 5, 9).replace(/^\D+/, '')));
    const sizes = found.largest.map(({ bytes }) => bytes);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(sizes).toHaveLength(Math.min(20, keys.length));
  });

  const whole = plain(path.join(fixtures, 'redis-7.0.15/rdb-full/dump.rdb'));
  test.each([
    ['that is cut', whole.subarray(0, -20), 'rdb.truncated'],
    ['of another kind', Buffer.from('<html></html>'), 'rdb.bad_magic'],
    [
      'with another byte',
      Buffer.concat([whole.subarray(0, -1), Buffer.from([whole[whole.length - 1]! ^ 1])]),
      'rdb.corrupt',
    ],
  ])('%s is told with its place', async (_, bytes, code) => {
    const file = path.join(scratch, 'damaged.rdb');
    writeFileSync(file, bytes);
    expect((await inspect(file)).problem).toMatchObject({ code });
  });

  test('that takes too long is told as far as it was read', async () => {
    const file = path.join(scratch, 'long.rdb');
    writeFileSync(file, whole);
    expect(await inspect(file, 0)).toMatchObject({ isWhole: false, problem: null });
  });
});

test('an AOF is counted: the keys of its RDB, and the commands behind', async () => {
  const dir = path.join(scratch, 'appendonlydir');
  const from = path.join(fixtures, 'redis-7.0.15/aof-multipart/appendonlydir');
  mkdirSync(dir);
  for (const name of readdirSync(from))
    writeFileSync(path.join(dir, name.replace(/\.gz$/, '')), plain(path.join(from, name.replace(/\.gz$/, ''))));
  const found = await inspect(dir);
  expect(found).toMatchObject({ problem: null, isWhole: true });
  expect(found.keys).toBeGreaterThan(0);
  expect(found.commands).toBeGreaterThan(0);
});

test('a file that is not there is a problem of that file', async () =>
  expect((await inspect('/no/such.rdb')).problem).toMatchObject({ code: 'host.file_failed' }));
