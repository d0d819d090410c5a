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

async function outcome(bytes: Buffer): Promise<unknown> {
  try {
    let size = 0;
    for await (const chunk of unpackZstd(once(bytes), new UnpackLimit('packed'))) size += chunk.length;
    return size;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

test('a zstd file with any bit of its first blocks damaged ends with a code of ours, or unpacks', async () => {
  const found = new Set<string>();
  for (let at = 0; at < 200; at += 5) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
    const end = await outcome(bytes);
    found.add(typeof end === 'number' ? 'unpacked' : String(end));
  }
  const allowed = ['unpacked', 'rdb.corrupt', 'rdb.truncated', 'rdb.unsupported', 'upload.bomb'];
  expect([...found].filter((end) => !allowed.includes(end))).toEqual([]);
  expect([...found]).toContain('rdb.corrupt');
});

test('a file that begins with a frame to skip is a zstd file too', async () => {
  const file = path.join(tempDir('zstd'), 'dump.rdb.zst');
  writeFileSync(file, Buffer.concat([Buffer.from('502a4d1803000000010203', 'hex'), whole]));
  for await (const chunk of readChunks(file, new AbortController().signal)) {
    expect(chunk.toString('latin1', 0, 5)).toBe('REDIS');
    break;
  }
});
