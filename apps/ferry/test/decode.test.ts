import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { FerryError } from '@cacheferry/kernel';
import { decodeFile } from '../src/decode/decode-file.ts';
import { LineWriter } from '../src/decode/line-writer.ts';

type Line = {
  db: number;
  key: string;
  type: string;
  pttl_at: number | null;
  value: unknown;
  argv?: string[];
  offset: number;
};

const own = path.join(import.meta.dirname, '../../../packages/rdb/test/fixtures');
const here = path.join(import.meta.dirname, 'fixtures');
const scratch = mkdtempSync(path.join(tmpdir(), 'ferry-decode-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function decode(file: string) {
  const pieces: Buffer[] = [];
  const stream = new Writable({
    highWaterMark: 1000,
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk);
      setImmediate(done);
    },
  });
  const out = new LineWriter(stream);
  const report = await decodeFile(file, out, new AbortController().signal);
  const lines = Buffer.concat(pieces)
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  return { report, lines };
}

const text = (file: string) => String(existsSync(file) ? readFileSync(file) : gunzipSync(readFileSync(`${file}.gz`)));
const rdbOf = (dir: string) => path.join(dir, existsSync(path.join(dir, 'dump.rdb')) ? 'dump.rdb' : 'dump.rdb.gz');

/** The keys of a fixture as the server told them, without what a file does not hold. */
function expected(dir: string): Line[] {
  const name = ['expected-all.jsonl', 'expected.jsonl'].find(
    (n) => existsSync(path.join(dir, n)) || existsSync(path.join(dir, `${n}.gz`)),
  );
  return text(path.join(dir, name!))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { db, key, type, pttl_at, value } = JSON.parse(line);
      return { db, key, type, pttl_at, value: comparable(type, value) } as Line;
    });
}

/** Scores as numbers: servers print them in different ways. */
function comparable(type: string, value: unknown): unknown {
  if (type !== 'zset') return value;
  return (value as [string, string][]).map(([member, score]) => [member, Number(score.replace('inf', 'Infinity')) + 0]);
}

const inOrder = (a: Line, b: Line) =>
  a.db - b.db || Buffer.compare(Buffer.from(a.key, 'base64'), Buffer.from(b.key, 'base64'));
const folders = (name: string) =>
  readdirSync(own)
    .map((version) => [`${version} ${name}`, path.join(own, version, name)] as const)
    .filter(([, dir]) => existsSync(dir));

describe('ferry decode of an RDB', () => {
  test.each([...folders('rdb-full'), ...folders('rdb-expired'), ...folders('rdb-lru'), ...folders('rdb-cluster')])(
    '%s prints what its server says it holds, field by field',
    async (_, dir) => {
      const { lines } = await decode(rdbOf(dir));
      const found = lines.map(({ db, key, type, pttl_at, value }) => ({
        db,
        key,
        type,
        pttl_at,
        value: comparable(type, value),
      }));
      expect((found as Line[]).sort(inOrder)).toEqual(expected(dir));
    },
  );

  test.each([['rdb-full.rdb.zst'], ['two-frames.rdb.zst']])('unpacks %s', async (name) => {
    const { lines } = await decode(path.join(here, name));
    expect(lines).toEqual((await decode(rdbOf(path.join(own, 'redis-2.6.17/rdb-full')))).lines);
  });

  test('says where packed files are cut', async () => {
    await expect(decode(path.join(here, 'cut.rdb.zst'))).rejects.toMatchObject({ code: 'rdb.truncated' });
    const cut = path.join(scratch, 'cut.gz');
    writeFileSync(cut, gzipSync(Buffer.alloc(100_000, 'REDIS0011')).subarray(0, 60));
    await expect(decode(cut)).rejects.toMatchObject({ code: expect.stringMatching(/^rdb\./) });
  });

  test('refuses a zstd window that would have to be held in memory', async () => {
    const file = path.join(scratch, 'window.zst');
    writeFileSync(file, Buffer.from('28b52ffd0098ffffffffffff', 'hex'));
    await expect(decode(file)).rejects.toMatchObject({ code: 'rdb.unsupported' });
  });

  test('leaves out bytes behind the end and says how many', async () => {
    const { report, lines } = await decode(path.join(own, 'redis-7.0.15/rdb-corrupt/trailing-garbage.rdb'));
    expect([report.garbageBytes, lines.length]).toEqual([16, 18]);
  });

  test.each(
    folders('rdb-corrupt').flatMap(([name, dir]) =>
      readdirSync(dir)
        .filter((file) => file.endsWith('.rdb') && !/good|trailing/.test(file))
        .map((file) => [`${name} ${file}`, path.join(dir, file)] as const),
    ),
  )('%s ends in an error', async (_, file) => {
    await expect(decode(file)).rejects.toSatisfy(
      (error) => error instanceof FerryError && error.code.startsWith('rdb.'),
    );
  });

  test('counts function libraries, which are no keys', async () => {
    expect((await decode(rdbOf(path.join(own, 'redis-7.0.15/rdb-full')))).report.functionLibraries).toBe(2);
  });

  test('a file that is not there is named', async () => {
    await expect(decode(path.join(scratch, 'nothing.rdb'))).rejects.toMatchObject({ code: 'host.file_failed' });
  });
});

describe('ferry decode of an AOF', () => {
  test.each(folders('aof-multipart-quoted').concat(folders('aof-multipart')))(
    '%s prints the keys of the base, then the commands of each part',
    async (_, packed) => {
      const { lines, report } = await decode(unpackDir(packed));
      const firstCommand = lines.findIndex(({ argv }) => argv !== undefined);
      expect(firstCommand).toBeGreaterThan(0);
      expect(lines.slice(firstCommand).every(({ argv }) => argv !== undefined)).toBe(true);
      expect(lines.length).toBe(report.keys + report.commands);
      expect(lines.slice(firstCommand).filter(({ offset }) => offset === 0 || offset === 16)).not.toHaveLength(0);
    },
  );

  test('a cut tail and a MULTI without EXEC are left out and counted', async () => {
    const cut = await decode(unpackDir(path.join(own, 'redis-7.0.15/aof-truncated-multi')));
    const whole = await decode(unpackDir(path.join(own, 'redis-7.0.15/aof-small')));
    expect(cut.report.droppedBytes).toBe(87);
    expect(cut.lines).toEqual(whole.lines);
  });

  test('damage in the middle prints nothing and names the byte', async () => {
    const dir = unpackDir(path.join(own, 'redis-7.0.15/aof-corrupt'));
    await expect(decode(dir)).rejects.toMatchObject({ code: 'aof.corrupt', facts: { offset: 5031 } });
  });

  test('a part that is cut although others follow is refused', async () => {
    const dir = path.join(scratch, 'cut-in-the-middle');
    mkdirSync(dir);
    writeFileSync(path.join(dir, 'a.manifest'), 'file a.1 seq 1 type i\nfile a.2 seq 2 type i\n');
    writeFileSync(path.join(dir, 'a.1'), '*1\r\n$4\r\nPING\r\n*2\r\n$3');
    writeFileSync(path.join(dir, 'a.2'), '*1\r\n$4\r\nPING\r\n');
    await expect(decode(dir)).rejects.toMatchObject({ code: 'aof.truncated', facts: { offset: 14 } });
  });

  test('each line says the database that its command works on', async () => {
    const file = path.join(scratch, 'select.aof');
    writeFileSync(file, '*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*1\r\n$4\r\nPING\r\n');
    const { lines } = await decode(file);
    expect(lines.map(({ db, argv, offset }) => [db, argv?.length, offset])).toEqual([
      [3, 2, 0],
      [3, 1, 23],
    ]);
  });

  test('a folder without a manifest is refused', async () => {
    await expect(decode(here)).rejects.toMatchObject({ code: 'aof.bad_manifest' });
  });
});

/** A multi-part folder of the fixtures with its files unpacked. */
function unpackDir(packed: string): string {
  const from = path.join(packed, 'appendonlydir');
  const to = mkdtempSync(path.join(scratch, 'dir-'));
  for (const name of readdirSync(from)) {
    const bytes = readFileSync(path.join(from, name));
    writeFileSync(path.join(to, name.replace(/\.gz$/, '')), name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  }
  return to;
}
