import { cpSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { crc64 } from '@cacheferry/rdb';
import { type RedisServer, startRedis, stopEverything, tempDir } from '@cacheferry/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Expected, fixtureFile, fixtureFiles, type Fixture, fixtures } from '../../../rdb/test/fixture-files.ts';
import { Migration } from '../migration.ts';
import { sourceOf, unpackFixture } from './fixture-dir.ts';
import { comparable, readHeld } from './server-values.ts';

let target: RedisServer;
beforeAll(async () => {
  target = await startRedis();
});
beforeEach(() => target.client.flushall());
afterAll(stopEverything);

const ends = (url: string) => ({ source: { url }, target });
const load = (url: string) => new Migration(ends(url)).end;
const fixture = (version: string, name: string): Fixture => {
  const found = fixtures(name).find((one) => one.version === version && one.name === name);
  if (!found) throw new Error(`there is no fixture ${version} ${name}`);
  return found;
};

describe('a damaged RDB', () => {
  const damaged = fixtures('rdb-corrupt').flatMap((one) =>
    [...fixtureFiles(one, '.rdb')]
      .filter(([name]) => !/good|trailing/.test(name))
      .map(([name, bytes]) => [`${one.version} ${name}`, name, bytes, one] as const),
  );

  test.each(damaged)('%s is refused, and leaves no wrong key', async (_, name, bytes, one) => {
    const file = path.join(tempDir('rdb'), name);
    writeFileSync(file, bytes);
    await expect(load(`rdb:${file}`)).rejects.toMatchObject({
      code: expect.stringMatching(/^(rdb\.|preflight\.blocked)/),
    });
    // With a right checksum it is the value that shows the damage, when it is its turn.
    if (name !== 'bad-lzf.rdb') return expect(await target.client.dbsize()).toBe(0);
    const wanted = String(fixtureFile(one, 'expected.jsonl'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Expected);
    const held = await readHeld(target, wanted);
    for (const key of wanted) {
      const now = held.get(`${key.db} ${key.key}`);
      if (now) expect(comparable(now.type, now.value)).toEqual(comparable(key.type, key.value));
    }
  });

  test('of which only the end is too long is loaded, and that is said', async () => {
    const dir = unpackFixture(fixture('redis-7.0.15', 'rdb-corrupt'));
    const run = new Migration(ends(`rdb:${path.join(dir, 'trailing-garbage.rdb')}`));
    expect((await run.end).snapshot.keysDone).toBe(18);
    expect(run.of('log').map(({ msg }) => msg)).toContain('Bytes behind the end of the RDB are left out');
  });

  test('without a checksum is found by its values', async () => {
    const bytes = Buffer.from(fixtureFile(fixture('redis-7.0.15', 'rdb-corrupt'), 'bad-lzf.rdb') as Buffer);
    bytes.fill(0, bytes.length - 8);
    const file = path.join(tempDir('rdb'), 'unsummed.rdb');
    writeFileSync(file, bytes);
    await expect(load(`rdb:${file}`)).rejects.toMatchObject({ code: 'rdb.corrupt' });
    expect(await target.client.dbsize()).toBe(0);
  });

  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
  const entry = (type: number, name: string, body: Buffer) => Buffer.concat([Buffer.from([type]), text(name), body]);
  const fileOf = (...entries: Buffer[]) => {
    const file = path.join(tempDir('rdb'), 'made.rdb');
    const end = Buffer.concat([Buffer.from([0xff]), Buffer.alloc(8)]);
    writeFileSync(file, Buffer.concat([Buffer.from('REDIS0010'), Buffer.from([0xfe, 0]), ...entries, end]));
    return `rdb:${file}`;
  };

  test.each([
    ['an element twice', entry(2, 'k', Buffer.concat([Buffer.from([2]), text('a'), text('a')]))],
    ['a score that is no number', entry(3, 'k', Buffer.concat([Buffer.from([1]), text('a'), Buffer.from([253])]))],
  ])('with %s, which no server takes, is refused', async (reason, made) => {
    const url = fileOf(entry(0, 'before', text('x')), made, entry(2, 'set', Buffer.from('\x01\x01a', 'latin1')));
    await expect(load(url)).rejects.toMatchObject({
      code: 'rdb.corrupt',
      facts: { reason: expect.stringContaining(reason) },
    });
    expect(await target.client.exists('k')).toBe(0);
  });

  const hex = (bytes: string) => Buffer.from(bytes.replaceAll(' ', ''), 'hex');
  const sized = (blob: Buffer) => Buffer.concat([Buffer.from([blob.length]), blob]);
  /** A listpack of four texts, some of its bytes replaced, as a string of the RDB. */
  const listpack = (at: number, byte: number) => {
    const blob = hex('17000000 0400 82616103 82626203 82636303 82646403 ff');
    blob[at] = byte;
    return sized(blob);
  };
  const literal = (packed: Buffer) => {
    const blob = packed.subarray(1);
    return Buffer.concat([Buffer.from([0xc3, blob.length + 1, blob.length, blob.length - 1]), blob]);
  };
  const oneNode = (node: Buffer) => Buffer.concat([Buffer.from([1, 2]), node]);

  test.each([
    ['a hash, a length backwards', 16, listpack(9, 99)],
    ['a hash, the number of its elements', 16, listpack(4, 6)],
    ['a hash, an encoding', 16, listpack(6, 0xf9)],
    ['a hash, an element beyond the end', 16, listpack(18, 0xa8)],
    ['a hash, packed', 16, literal(listpack(9, 99))],
    ['a hash of three words', 16, sized(hex('13000000 0300 82616103 82626203 82636303 ff'))],
    ['a sorted set, the end', 17, listpack(22, 0)],
    ['a set', 20, listpack(9, 99)],
    ['a list', 18, oneNode(listpack(9, 99))],
    ['a list, packed', 18, oneNode(literal(listpack(18, 0xa8)))],
    ['an intset, its order', 11, sized(hex('02000000 02000000 0500 0100'))],
    ['an intset, its count', 11, sized(hex('02000000 03000000 0500 0600'))],
    // One entry with one field, which says that it is made of nine elements.
    [
      'a stream, an entry',
      15,
      Buffer.concat([
        Buffer.from([1]),
        sized(Buffer.alloc(16)),
        sized(hex('1d000000 0a00 0101 0001 0101 816602 0001 0201 0001 0001 817602 0901 ff')),
        Buffer.from([1, 0, 0, 0]),
      ]),
    ],
    ['a ziplist', 13, sized(hex('11000000 0d000000 0200 000161 090162 ff'))],
  ])('whose packed value contradicts itself never reaches a target that would take it: %s', async (_, type, body) => {
    const url = fileOf(entry(0, 'before', text('x')), entry(type, 'broken', body));
    const file = url.slice('rdb:'.length);
    const bytes = readFileSync(file);
    bytes.writeBigUInt64LE(crc64(bytes, 0, bytes.length - 8), bytes.length - 8);
    writeFileSync(file, bytes);
    await expect(load(url)).rejects.toMatchObject({
      code: 'rdb.corrupt',
      facts: { offset: bytes.indexOf('broken') - 2, reason: expect.stringContaining('broken') },
    });
    expect(await target.client.exists('broken')).toBe(0);
  });

  const fillers = (count: number) => Array.from({ length: count }, (_, n) => entry(0, `filler:${n}`, text('x')));
  const list = (item: string) => Buffer.concat([Buffer.from([1]), text(item)]);
  test.each([
    ['a string, in one batch', [entry(0, 'twice', text('1')), ...fillers(9), entry(0, 'twice', text('2'))]],
    ['a string, one behind the other', [entry(0, 'twice', text('1')), entry(0, 'twice', text('2'))]],
    ['a string, far apart', [entry(0, 'twice', text('1')), ...fillers(3_000), entry(0, 'twice', text('2'))]],
    ['a list', [entry(1, 'twice', list('1')), ...fillers(9), entry(1, 'twice', list('2'))]],
    ['a string and a list', [entry(0, 'twice', text('1')), entry(1, 'twice', list('2'))]],
    ['a list and a string', [entry(1, 'twice', list('2')), entry(0, 'twice', text('1'))]],
  ])('with a key twice, which no server loads, ends there: %s', async (_, entries) => {
    await expect(load(fileOf(...entries))).rejects.toMatchObject({
      code: 'target.key_exists',
      facts: { key: 'twice' },
    });
  });

  const sealed = (...parts: Buffer[]) => {
    const file = path.join(tempDir('rdb'), 'sealed.rdb');
    const bytes = Buffer.concat([...parts, Buffer.from([0xff]), Buffer.alloc(8)]);
    bytes.writeBigUInt64LE(crc64(bytes, 0, bytes.length - 8), bytes.length - 8);
    writeFileSync(file, bytes);
    return { url: `rdb:${file}`, bytes };
  };
  const head = Buffer.concat([Buffer.from('REDIS0010'), Buffer.from([0xfe, 0])]);
  const long = (name: string) => {
    const body = Buffer.alloc(1_048_576, name);
    const length = Buffer.from([0x80, 0, 0x10, 0, 0]);
    return entry(0, name, Buffer.concat([length, body]));
  };
  const many = Array.from({ length: 70 }, (_, n) => long(`long:${n}`));

  test('that is large and has a right checksum ends where a record is of no kind', async () => {
    const { url, bytes } = sealed(head, ...many, entry(99, 'unknown', text('x')), entry(0, 'after', text('y')));
    const offset = bytes.indexOf('unknown') - 2;
    await expect(load(url)).rejects.toMatchObject({ code: 'rdb.unsupported', facts: { number: 99, offset } });
    expect(await target.client.exists('after')).toBe(0);
    for (const key of (await target.client.keys('*')).filter((name) => name.startsWith('long:')))
      expect(await target.client.getrange(key, 0, 20)).toBe(key.repeat(4).slice(0, 21));
  });

  test('that is large, with a right checksum at two ends, is not read beyond the first one', async () => {
    const first = Buffer.concat([head, entry(0, 'before', text('x')), Buffer.from([0xff]), Buffer.alloc(8)]);
    first.writeBigUInt64LE(crc64(first, 0, first.length - 8), first.length - 8);
    await expect(load(sealed(first, ...many).url)).rejects.toMatchObject({
      code: 'rdb.corrupt',
      facts: { offset: first.length, reason: 'bytes behind the end' },
    });
    expect(await target.client.exists('long:1')).toBe(0);
  });

  test('with values of which the target finds out late that it does not take them tells all of them', async () => {
    const module = (name: string) => entry(7, name, Buffer.from('81123456789abcdef005016100', 'hex'));
    const url = fileOf(entry(0, 'before', text('x')), module('a'), module('b'), entry(0, 'after', text('y')));
    const { snapshot } = await new Migration(ends(url), { options: { accept: ['module'] } }).end;
    expect(snapshot).toMatchObject({ lost: { module: 2 }, keysDone: 2 });
    expect((await target.client.keys('*')).sort()).toEqual(['after', 'before']);
  });

  test('among several files stops all of them', async () => {
    const dir = unpackFixture(fixture('redis-7.0.15', 'rdb-corrupt'));
    const files = ['good.rdb', 'bitflip-value.rdb'].map((name) => path.join(dir, name));
    await expect(load(`rdb:${files.join(',')}`)).rejects.toMatchObject({ code: 'rdb.corrupt' });
    expect(await target.client.dbsize()).toBe(0);
  });
});

describe('a packed RDB', () => {
  const packed = path.resolve(import.meta.dirname, '../../../../apps/ferry/test/fixtures');
  const plain = () => fixtureFile(fixture('redis-2.6.17', 'rdb-full'), 'dump.rdb') as Buffer;

  test.each(['rdb-full.rdb.zst', 'two-frames.rdb.zst', 'rdb-full.rdb.gz'])('%s is loaded whole', async (name) => {
    const file = path.join(tempDir('rdb'), name);
    if (name.endsWith('.gz')) writeFileSync(file, gzipSync(plain()));
    else cpSync(path.join(packed, name), file);
    await load(`rdb:${file}`);
    expect(await sizeOf(target)).toBe(
      String(fixtureFile(fixture('redis-2.6.17', 'rdb-full'), 'expected.jsonl'))
        .trim()
        .split('\n').length,
    );
  });

  test.each([
    ['gzip', () => gzipSync(plain()).subarray(0, -100)],
    ['zstd', () => readFileSync(path.join(packed, 'cut.rdb.zst'))],
  ])('that is cut (%s) is refused', async (_, bytes) => {
    const file = path.join(tempDir('rdb'), 'cut');
    writeFileSync(file, bytes());
    await expect(load(`rdb:${file}`)).rejects.toMatchObject({
      code: expect.stringMatching(/^rdb\.(truncated|corrupt)/),
    });
    expect(await target.client.dbsize()).toBe(0);
  });
});

describe('an AOF', () => {
  test.each(fixtures('aof-corrupt'))(
    '$version that is broken in the middle is refused, and nothing of it written',
    async (one) => {
      await expect(load(sourceOf(unpackFixture(one)))).rejects.toMatchObject({ code: 'aof.corrupt' });
      expect(await target.client.dbsize()).toBe(0);
    },
  );

  test('whose end is cut is loaded up to its last whole command, and that is said', async () => {
    const run = new Migration(ends(sourceOf(unpackFixture(fixture('redis-7.0.15', 'aof-truncated')))));
    await run.end;
    expect(run.of('log').find(({ msg }) => /cut off/.test(msg))).toMatchObject({
      level: 'warn',
      bytes: expect.any(Number),
    });
  });

  test('of several files may be cut at the end of the last one only', async () => {
    const dir = unpackFixture(fixture('redis-7.0.15', 'aof-multipart'));
    const first = path.join(dir, 'appendonlydir/appendonly.aof.3.incr.aof');
    truncateSync(first, readFileSync(first).length - 3);
    await expect(load(sourceOf(dir))).rejects.toMatchObject({ code: 'aof.truncated' });
    expect(await target.client.dbsize()).toBe(0);
  });

  test.each([
    [
      'names a path',
      (dir: string) => rewriteManifest(dir, /appendonly.aof.4.incr.aof/, '../appendonly.aof.4.incr.aof'),
    ],
    ['names a link that leads out of its folder', linkOutside],
  ])('whose manifest %s is refused', async (_, damage) => {
    const dir = unpackFixture(fixture('redis-7.0.15', 'aof-multipart'));
    damage(path.join(dir, 'appendonlydir'));
    await expect(load(sourceOf(dir))).rejects.toMatchObject({ code: 'aof.bad_manifest' });
  });

  test('is loaded up to the time that is asked for', async () => {
    const at = (seconds: number, value: number) => `#TS:${seconds}\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n${value}\r\n`;
    const file = path.join(tempDir('aof'), 'appendonly.aof');
    writeFileSync(file, at(1_700_000_000, 1) + at(1_700_000_010, 2) + at(1_700_000_020, 3));
    const until = new Date(1_700_000_010_000).toISOString();
    await new Migration(ends(`aof:${file}`), { options: { until } }).end;
    expect(await target.client.get('k')).toBe('2');
  });

  test('named as an RDB is refused, so that its commands are not left out', async () => {
    const dir = unpackFixture(fixture('redis-4.0.14', 'aof-preamble'));
    await expect(load(`rdb:${path.join(dir, 'appendonly.aof')}`)).rejects.toMatchObject({
      code: 'rdb.commands_follow',
    });
  });

  test('with a command that cannot be right is named in the error', async () => {
    const file = path.join(tempDir('aof'), 'appendonly.aof');
    writeFileSync(file, '*2\r\n$6\r\nSELECT\r\n$1\r\nx\r\n');
    await expect(load(`aof:${file}`)).rejects.toThrow(
      'appendonly.aof sent a replication stream that cannot be right: SELECT',
    );
  });

  test('whose line end is damaged leaves the target empty', async () => {
    const file = path.join(tempDir('aof'), 'appendonly.aof');
    const set = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n';
    writeFileSync(file, Buffer.from(`${set}${set.replace('$1\r\nk', '$1\r\x8ak')}`, 'latin1'));
    await expect(load(`aof:${file}`)).rejects.toMatchObject({ code: 'aof.corrupt', facts: { offset: set.length } });
    expect(await sizeOf(target)).toBe(0);
  });

  test('keeps a key that is past its time until the last command on it', async () => {
    const words = (...list: string[]) =>
      `*${list.length}\r\n${list.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
    const file = path.join(tempDir('aof'), 'appendonly.aof');
    const past = String(Date.now() - 60_000);
    writeFileSync(
      file,
      words('SET', 'gone', '7', 'PXAT', past) +
        words('INCR', 'gone') +
        words('SET', 'kept', '7', 'PXAT', past) +
        words('INCR', 'kept') +
        words('PERSIST', 'kept'),
    );
    await load(`aof:${file}`);
    expect([await target.client.get('gone'), await target.client.get('kept')]).toEqual([null, '8']);
  });
});

async function sizeOf({ client }: RedisServer): Promise<number> {
  return [...(await client.info('keyspace')).matchAll(/keys=(\d+)/g)].reduce((sum, [, keys]) => sum + Number(keys), 0);
}

function rewriteManifest(dir: string, from: RegExp, to: string): void {
  const file = path.join(dir, 'appendonly.aof.manifest');
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
}

function linkOutside(dir: string): void {
  const part = path.join(dir, 'appendonly.aof.4.incr.aof');
  const outside = path.join(tempDir('outside'), 'part');
  cpSync(part, outside);
  rmSync(part);
  symlinkSync(outside, part);
}
