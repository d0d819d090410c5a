import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempDir } from '@cacheferry/testkit';
import { expect, test } from 'vitest';
import { readChunks } from './read-chunks.ts';
import { UnpackLimit } from './unpack-limit.ts';
import { unpackZstd } from './unpack-zstd.ts';

const whole = readFileSync(path.resolve(import.meta.dirname, '../../../../apps/ferry/test/fixtures/rdb-full.rdb.zst'));

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function unpack(bytes: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of unpackZstd(once(bytes), new UnpackLimit('packed'))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The code that it ends with, or whether it came out as it was. */
async function outcome(bytes: Buffer, wanted: Buffer): Promise<string> {
  try {
    return (await unpack(bytes)).equals(wanted) ? 'same' : 'other';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

const allowed = ['same', 'rdb.corrupt', 'rdb.truncated', 'rdb.unsupported', 'upload.bomb'];

test('a zstd file with a checksum comes out as it was, or ends with a code of ours, whatever bit is flipped', async () => {
  const wanted = await unpack(whole);
  const found = new Set<string>();
  for (let at = 0; at < whole.length; at += 29) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
    found.add(await outcome(bytes, wanted));
  }
  expect([...found].filter((end) => !allowed.includes(end))).toEqual([]);
  expect([...found]).toContain('rdb.corrupt');
});

test('checksums of several frames belong to their own contents', async () => {
  const wanted = await unpack(whole);
  const two = Buffer.concat([whole, whole]);
  expect(await outcome(two, Buffer.concat([wanted, wanted]))).toBe('same');
  two[whole.length - 1] = (two[whole.length - 1] as number) ^ 1;
  expect(await outcome(two, wanted)).toBe('rdb.corrupt');
});

test('a file that begins with a frame to skip is a zstd file too', async () => {
  const file = path.join(tempDir('zstd'), 'dump.rdb.zst');
  writeFileSync(file, Buffer.concat([Buffer.from('502a4d1803000000010203', 'hex'), whole]));
  for await (const chunk of readChunks(file, new AbortController().signal)) {
    expect(chunk.toString('latin1', 0, 5)).toBe('REDIS');
    break;
  }
});
