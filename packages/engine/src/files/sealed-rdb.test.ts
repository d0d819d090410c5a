import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { crc64 } from '@cacheferry/rdb';
import { tempDir } from '@cacheferry/testkit';
import { expect, test } from 'vitest';
import { sizeOfSealedRdb } from './sealed-rdb.ts';

/** `magic`, some bytes and the end, with a right checksum. */
function sealed(bodyBytes: number, magic = 'REDIS0010'): Buffer {
  const body = Buffer.alloc(bodyBytes, 'abc');
  const bytes = Buffer.concat([Buffer.from(magic), body, Buffer.from([0xff]), Buffer.alloc(8)]);
  bytes.writeBigUInt64LE(crc64(bytes, 0, bytes.length - 8), bytes.length - 8);
  return bytes;
}

function fileOf(bytes: Buffer): string {
  const file = path.join(tempDir('sealed'), 'dump.rdb');
  writeFileSync(file, bytes);
  return file;
}

const changed = (at: number) => {
  const bytes = sealed(5_000);
  const place = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
  return bytes;
};
const signal = new AbortController().signal;

test.each([0, 1, 5_000, 524_288, 1_200_000])(
  'a file with a body of %d bytes and a right checksum is sealed',
  async (n) => {
    expect(await sizeOfSealedRdb(fileOf(sealed(n)), signal)).toBe(9 + n + 9);
  },
);

test.each<[string, Buffer]>([
  ['a bit is another', changed(3_000)],
  ['a bit of the checksum is another', changed(-3)],
  ['it has no end', changed(-9)],
  ['the writer had checksums off', Buffer.concat([sealed(5_000).subarray(0, -8), Buffer.alloc(8)])],
  ['something lies behind it', Buffer.concat([sealed(5_000), Buffer.from('x')])],
  ['commands lie behind it', Buffer.concat([sealed(5_000), Buffer.from('*1\r\n$4\r\nPING\r\n')])],
  ['it is cut', sealed(5_000).subarray(0, -1)],
  ['it is packed', gzipSync(sealed(5_000))],
  ['it is shorter than any RDB', Buffer.from('REDIS')],
  ['it is empty', Buffer.alloc(0)],
])('none is where %s', async (_, bytes) => {
  expect(await sizeOfSealedRdb(fileOf(bytes), signal)).toBeNull();
});

test('none is below the least size', async () => {
  expect(await sizeOfSealedRdb(fileOf(sealed(100)), signal, 1_000)).toBeNull();
});

test.each([
  ['NOTANRDB1', 'rdb.bad_magic'],
  ['REDIS0999', 'rdb.unsupported'],
])('one that begins with %s is refused', async (magic, code) => {
  await expect(sizeOfSealedRdb(fileOf(sealed(100, magic)), signal)).rejects.toMatchObject({ code });
});

test('an abort ends it', async () => {
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(sizeOfSealedRdb(fileOf(sealed(100)), stopped)).rejects.toThrow('stopped');
});
