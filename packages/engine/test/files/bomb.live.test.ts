import { createWriteStream, readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { createGzip } from 'node:zlib';
import type { EngineEvent } from '@cacheferry/contract';
import { type RedisServer, runFerry, startRedis, stopEverything, tempDir } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let target: RedisServer;
beforeAll(async () => {
  target = await startRedis();
});
afterAll(() => stopEverything());

const mib = 1_048_576;
const block = 131_072;
/** The begin of an RDB whose first record is a string of 4 GB: of a value, or of a note that is held as a whole. */
const header = Buffer.from('REDIS0011', 'latin1');
const length = Buffer.from([0x80, 0xee, 0x6b, 0x28, 0x00]);
const heads: [name: string, head: Buffer][] = [
  ['a value', Buffer.concat([header, Buffer.from([0, 1, 0x6b]), length])],
  ['a note', Buffer.concat([header, Buffer.from([250, 1, 0x6b]), length])],
];

/** A zstd frame: the head as it is, then blocks of four bytes that each become 128 KiB of zeros. */
function zstdBomb(head: Buffer, blocks: number): Buffer {
  const blockHead = (size: number, type: number, isLast: boolean) => {
    const bytes = Buffer.alloc(3);
    bytes.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
    return bytes;
  };
  const zeros = Buffer.concat([blockHead(block, 1, false), Buffer.from([0])]);
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]),
    blockHead(head.length, 0, false),
    head,
    ...Array.from({ length: blocks }, () => zeros),
    blockHead(1, 1, true),
    Buffer.from([0]),
  ]);
}

async function gzipBomb(file: string, head: Buffer, bytes: number): Promise<void> {
  const gzip = createGzip({ level: 9 });
  const written = once(gzip.pipe(createWriteStream(file)), 'close');
  gzip.write(head);
  const zeros = Buffer.alloc(mib);
  for (let n = 0; n < bytes / mib; n++) if (!gzip.write(zeros)) await once(gzip, 'drain');
  gzip.end();
  await written;
}

async function migrate(source: string, to: string, dir: string) {
  const args = ['migrate', source, to, '--mode', 'full', '--json', '--state', path.join(dir, 'state')];
  const { code, stdout, stderr } = await runFerry(args, { deadlineMs: 60_000 });
  const events = stdout.split('\n').filter((line) => line.startsWith('{'));
  const rss = events.flatMap((line) => {
    const event = JSON.parse(line) as EngineEvent;
    return event.type === 'progress' ? [Number(event.rssBytes)] : [];
  });
  return { code, stderr, peak: Math.max(0, ...rss) };
}

describe('a small file that unpacks without end', () => {
  test.each(heads.flatMap(([name, head]) => ['zst', 'gz'].map((ending) => [name, ending, head] as const)))(
    'and pretends to hold %s (.%s) is refused by what it becomes, and nothing of it is written',
    async (_, ending, head) => {
      const dir = tempDir('bomb');
      const file = path.join(dir, `bomb.rdb.${ending}`);
      if (ending === 'zst') writeFileSync(file, zstdBomb(head, 32_768));
      else await gzipBomb(file, head, 300 * mib);
      for (const to of [target.url, `rdb:${path.join(dir, 'out.rdb')}`]) {
        const { code, stderr, peak } = await migrate(`rdb:${file}`, to, tempDir('state'));
        expect(stderr).toContain('upload.bomb');
        expect(code).toBe(stderr.includes('preflight.blocked') ? 3 : 1);
        expect(peak).toBeLessThan(300 * mib);
      }
      expect(await target.client.dbsize()).toBe(0);
      expect(readdirSync(dir)).toEqual([`bomb.rdb.${ending}`]);
      expect((await runFerry(['decode', file])).stderr).toContain('upload.bomb');
    },
  );

  test('is not taken for one while it is small', async () => {
    const dir = tempDir('small');
    const end = Buffer.from([0xff]);
    const file = path.join(dir, 'zeros.rdb.gz');
    const head = Buffer.concat([header, Buffer.from([0, 1, 0x6b, 0x80, 0x03, 0x20, 0, 0])]);
    const gzip = createGzip({ level: 9 });
    const written = once(gzip.pipe(createWriteStream(file)), 'close');
    gzip.end(Buffer.concat([head, Buffer.alloc(0x3200000), end, Buffer.alloc(8)]));
    await written;
    const { code, stderr } = await migrate(`rdb:${file}`, target.url, dir);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('error[')]);
    expect(await target.client.strlen('k')).toBe(0x3200000);
  });
});
