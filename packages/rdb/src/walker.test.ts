import { describe, expect, test } from 'vitest';
import { FerryError } from '@cacheferry/kernel';
import fc from 'fast-check';
import { RdbFileEncoder } from './encode/rdb-file-encoder.ts';
import { ByteWriter } from './encode/byte-writer.ts';
import { RdbWalker, type RdbWalkerOptions } from './walker.ts';
import type { RdbSink } from './entry.ts';

const bytes = (text: string) => Buffer.from(text);
const string = (text: string) => new ByteWriter().string(bytes(text)).bytes;
const plain = { db: 0, type: 0, expireAtMs: -1, idleSeconds: -1, freq: -1 };

/** A small file of every kind of record that a writer of ours makes. */
function sampleFile(): Buffer {
  const file = new RdbFileEncoder('REDIS', 11);
  file.aux(bytes('redis-ver'), bytes('7.2.0'));
  file.functionLibrary(bytes('#!lua name=x'));
  file.resizeDb(0, 2, 1);
  file.key({ ...plain, key: bytes('a'), value: string('1'), expireAtMs: 4_000_000_000_000 });
  file.key({ ...plain, key: bytes('b'), value: string('2'), idleSeconds: 77 });
  file.key({
    ...plain,
    key: bytes('list'),
    type: 1,
    value: Buffer.concat([Buffer.from([2]), string('x'), string('y')]),
  });
  file.key({ ...plain, db: 3, key: bytes('c'), value: string('3'), freq: 5 });
  file.end();
  return file.take();
}

/** What a walker tells about a file, one text a record. */
function walk(file: Buffer, options: RdbWalkerOptions = {}): string[] {
  const told: string[] = [];
  const sink: RdbSink = {
    header: (magic, version) => told.push(`${magic} ${version}`),
    aux: (key, value) => told.push(`aux ${key} ${value}`),
    functionLibrary: (source) => told.push(`function ${source}`),
    oldFunction: (name) => told.push(`old function ${name}`),
    moduleAux: (name) => told.push(`module aux ${name}`),
    resizeDb: (db, keys, expires) => told.push(`db ${db}: ${keys} keys, ${expires} expire`),
    skipped: (opcode) => told.push(`skipped ${opcode}`),
    entry: (e) =>
      told.push(
        `${e.db} ${e.key} type ${e.type} ${e.value.toString('hex')} ${e.expireAtMs} ${e.idleSeconds} ${e.freq} ${e.metaClasses} @${e.offset}`,
      ),
    end: () => told.push('end'),
  };
  const walker = new RdbWalker(sink, options);
  walker.walk(file, 0, file.length);
  walker.finish();
  return told;
}

/** A file with these records between header and end, checksum off. */
const fileOf = (records: string, header = 'REDIS0012') =>
  Buffer.concat([bytes(header), Buffer.from(records.replaceAll(' ', ''), 'hex'), Buffer.from([255]), Buffer.alloc(8)]);

describe('the walker', () => {
  test('tells every record of a file in order', () => {
    expect(walk(sampleFile())).toEqual([
      'REDIS 11',
      'aux redis-ver 7.2.0',
      'function #!lua name=x',
      'db 0: 2 keys, 1 expire',
      '0 a type 0 0131 4000000000000 -1 -1 0 @45',
      '0 b type 0 0132 -1 77 -1 0 @59',
      '0 list type 1 0201780179 -1 -1 -1 0 @67',
      '3 c type 0 0133 -1 -1 5 0 @80',
      'end',
    ]);
  });

  test('says where a file that is cut anywhere ends', () => {
    const file = sampleFile();
    for (let end = 0; end < file.length; end++) {
      expect(() => walk(file.subarray(0, end))).toThrow(/^The RDB data ends at byte \d+, in the middle of a record$/);
    }
  });

  test('refuses a file with one changed byte, or reads something else without harm', () => {
    const file = sampleFile();
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const copy = Buffer.from(file);
        copy[at] = (copy[at] as number) ^ change;
        const error = thrownBy(() => walk(copy));
        // Another version number in the header: old ones have no checksum.
        if (error === undefined && at >= 5 && at < 9) return;
        expect(error).toBeInstanceOf(FerryError);
        expect((error as FerryError).code).toMatch(/^rdb\./);
      }),
    );
  });

  test('does not look at the checksum when told so, nor when the writer left it out', () => {
    const file = sampleFile();
    file[file.length - 1] = (file[file.length - 1] as number) ^ 1;
    expect(() => walk(file)).toThrow('checksum');
    expect(walk(file, { verifyChecksum: false })).toContain('end');
    file.fill(0, file.length - 8);
    expect(walk(file)).toContain('end');
  });

  test('asks for as many bytes as the record under way needs', () => {
    const long = string('x'.repeat(100_000));
    const walker = new RdbWalker({ entry: () => {} });
    const file = fileOf(`00 0161 ${long.toString('hex')}`);
    expect(walker.needBytes).toBe(9);
    const at = walker.walk(file, 0, 20);
    expect(at).toBe(9);
    expect(walker.needBytes).toBe(3 + long.length);
    expect(walker.walk(file, at, at + walker.needBytes)).toBe(at + 3 + long.length);
    expect(walker.needBytes).toBe(1);
  });

  test('does not walk again what it walked in a long value', () => {
    const items = Buffer.concat(Array.from({ length: 200_000 }, () => string('0123456789')));
    const count = new ByteWriter().count(200_000).bytes;
    const file = fileOf(`01 0161 ${count.toString('hex')} ${items.toString('hex')}`);
    let keys = 0;
    const walker = new RdbWalker({ entry: () => keys++ });
    let at = 0;
    const started = performance.now();
    for (let end = 1000; !walker.isDone; end = Math.min(end + 1000, file.length)) at = walker.walk(file, at, end);
    expect(keys).toBe(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('records between keys', () => {
  test.each([
    ['slot hints of Redis', 'f4 05 0a 02', 'REDIS0012', 'skipped 244'],
    ['slot imports of Valkey', 'f3 0361 6263 01 05 09', 'VALKEY080', 'skipped 243'],
    ['functions of a 7.0 release candidate', 'f6 0161 034c5541 01 0164 0178', 'REDIS0010', 'old function a'],
    ['data of a module', 'f7 81 7eabcdef01234567 02 02 05 0178 00', 'REDIS0011', 'module aux fqvN7wEjR'],
  ])('%s are passed over and told', (_, records, header, told) => {
    expect(walk(fileOf(records, header))).toContain(told);
  });

  test('key metadata stands before the key it belongs to', () => {
    const told = walk(fileOf('f3 01 01000000 02 07 00 00 0161 0131', 'REDIS0013'));
    expect(told).toContain('0 a type 0 0131 -1 -1 -1 1 @9');
  });

  test.each([
    ['an unknown opcode', 'f1', 'REDIS0012', 'opcode 241 at byte 9'],
    ['a template registry', 'f2 00', 'REDIS0015', 'opcode 242 at byte 9'],
    ['an unknown value type', '63 0161 00', 'REDIS0012', 'value type 99 at byte 9'],
    ['a module of a pre-release', '06 0161 00', 'REDIS0008', 'value type 6 at byte 9'],
    ['a Redis hash in a Valkey file', '18 0161 00', 'VALKEY080', 'value type 24 at byte 9'],
    ['a path hash of Valkey', '17 0161 00', 'VALKEY081', 'value type 23 at byte 9'],
    ['a version that is newer than all', '', 'REDIS0099', 'version 99'],
    ['a Valkey version that is newer than all', '', 'VALKEY099', 'version 99'],
    ['a compressed envelope', '', 'VCS\u0001\u0002\0\0\0\0', 'packed with zstd'],
  ])('%s is refused by name', (_, records, header, what) => {
    expect(() => walk(fileOf(records, header))).toThrow(what);
    expect((thrownBy(() => walk(fileOf(records, header))) as FerryError).code).toBe('rdb.unsupported');
  });

  test.each([
    ['a record between expiry and key', 'fc 0000000000000000 fe 00', 'between expiry and key'],
    ['a special length as a count', 'fe c0', 'count'],
    ['an unknown module opcode', '07 0161 00 09', 'module opcode'],
  ])('%s is damage', (_, records, what) => {
    expect(() => walk(fileOf(records))).toThrow(what);
  });

  test.each([['REDIX0011'], ['redis0011'], ['REDIS00x1'], ['*3\r\n$3\r\nSET']])('%j is no RDB', (header) => {
    expect((thrownBy(() => walk(bytes(header))) as FerryError).code).toBe('rdb.bad_magic');
  });

  test.each([
    ['ffffffffffffffff', -1],
    ['0000000000000000', 1],
    ['feffffffffffffff', 1],
    ['e803000000000000', 1_000],
  ])('an expiry of %s is %d: -1 is none, what lies before 1970 has passed', (hex, expireAtMs) => {
    expect(walk(fileOf(`fc ${hex} 00 0161 0162`))[1]).toContain(`type 0 0162 ${expireAtMs} -1`);
  });

  test('the same type number means another layout in files of the other family', () => {
    const valkey = walk(fileOf('16 0161 01 0166 0176 ffffffffffffffff', 'VALKEY080'));
    const redis = walk(fileOf('16 0161 01 00 0166 0176', 'REDIS0012'));
    expect(valkey[1]).toContain('type 22 0101660176ffffffffffffffff');
    expect(redis[1]).toContain('type 22 010001660176');
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}
