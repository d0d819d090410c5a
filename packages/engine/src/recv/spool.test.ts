import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, silentLogger, systemClock } from '@cacheferry/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import type { SpoolPart, SpoolPosition } from './receiver.ts';
import { Spool } from './spool.ts';
import { FileSpoolReader } from './spool-reader.ts';

const dirs: string[] = [];
const newDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'spool-'));
  dirs.push(dir);
  return dir;
};
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const idA = 'a'.repeat(40);
const open = (dir: string, options: { clock?: Clock; maxBytes?: number; retainMs?: number } = {}): Spool =>
  new Spool(
    { dir, shard: '0', maxBytes: options.maxBytes ?? 1e12, retainMs: options.retainMs ?? 0, retainBytes: 1e12 },
    { clock: options.clock ?? systemClock, log: silentLogger },
  );

/** Reads what is there, without waiting for more; bytes of neighbouring parts joined. */
async function readAll(
  spool: Spool,
  start: SpoolPosition | { after: number },
  repairs: SpoolPosition[] = [],
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<string[]> {
  let isEnded = false;
  const source = {
    spool,
    failure: () => null,
    isEnded: () => isEnded,
    stopsAfterRdb: false,
    repair: (position: SpoolPosition) => {
      repairs.push(position);
      isEnded = true;
    },
  };
  const reader = new FileSpoolReader(source, start);
  const seen: string[] = [];
  await meanwhile();
  isEnded = true;
  for (let part = await reader.read(); part; part = await reader.read()) seen.push(show(part));
  await reader.close();
  return join_(seen);
}

function show(part: SpoolPart): string {
  if (part.kind === 'rdb' || part.kind === 'stream') return `${part.kind}@${part.at} ${part.bytes.toString('latin1')}`;
  if (part.kind === 'full_sync') return `full_sync ${part.replicationId[0]} ${part.offset} ${part.reason}`;
  return part.kind === 'rdb_end' ? `rdb_end ${part.at}` : `id ${part.replicationId[0]} ${part.at}`;
}

function join_(seen: string[]): string[] {
  const joined: string[] = [];
  for (const line of seen) {
    const kind = line.split('@')[0] ?? '';
    const last = joined.at(-1);
    if (last?.startsWith(`${kind}@`)) joined[joined.length - 1] = last + line.slice(line.indexOf(' ') + 1);
    else joined.push(line);
  }
  return joined;
}

async function fill(spool: Spool): Promise<void> {
  spool.beginFullSync(idA, 100, 'first');
  spool.append('rdb', Buffer.from('REDIS'));
  spool.append('rdb', Buffer.from('0011'));
  spool.endRdb();
  spool.append('stream', Buffer.from('abc'));
  spool.append('stream', Buffer.from('defg'));
  await spool.settle();
}

const whole = ['full_sync a 100 first', 'rdb@0 REDIS0011', 'rdb_end 9', 'stream@100 abcdefg'];

describe('the spool', () => {
  test('gives back what came, in order', async () => {
    const spool = open(newDir());
    await fill(spool);
    expect(await readAll(spool, { after: 0 })).toEqual(whole);
    await spool.close();
  });

  test.each([
    [idA, 100, true],
    [idA, 101, false],
    ['b'.repeat(40), 100, false],
  ])('knows after a restart whether its RDB is of the same place as the one before: %s %d', async (id, offset, is) => {
    const dir = newDir();
    const first = open(dir);
    await fill(first);
    expect(first.meta?.isRepeated).toBe(false);
    first.beginFullSync(id, offset, 'rdb_incomplete');
    await first.close();
    expect(open(dir).meta?.isRepeated).toBe(is);
  });

  test('is whole after a restart, from any kept position', async () => {
    const dir = newDir();
    const first = open(dir);
    await fill(first);
    await first.close();
    const spool = open(dir);
    expect(await readAll(spool, { phase: 'rdb', at: 0 })).toEqual(whole.slice(1));
    expect(await readAll(spool, { phase: 'rdb', at: 7 })).toEqual(['rdb@7 11', 'rdb_end 9', 'stream@100 abcdefg']);
    expect(await readAll(spool, { phase: 'stream', at: 105 })).toEqual(['stream@105 fg']);
    expect(spool.covers({ replicationId: idA, fullSyncOffset: 100, position: { phase: 'stream', at: 107 } })).toBe(
      true,
    );
    expect(spool.covers({ replicationId: idA, fullSyncOffset: 100, position: { phase: 'stream', at: 108 } })).toBe(
      false,
    );
    expect(spool.covers({ replicationId: 'x', fullSyncOffset: 100, position: { phase: 'stream', at: 105 } })).toBe(
      false,
    );
    spool.append('stream', Buffer.from('hi'));
    await spool.settle();
    expect(await readAll(spool, { phase: 'stream', at: 100 })).toEqual(['stream@100 abcdefghi']);
    await spool.close();
  });

  test('a torn end is cut and written over', async () => {
    const dir = newDir();
    const first = open(dir);
    await fill(first);
    await first.close();
    const file = join(dir, '1-stream-100.seg');
    truncateSync(file, readFileSync(file).length - 2);
    const spool = open(dir);
    expect(spool.appended.stream).toBeLessThan(107);
    const kept = 'abcdefg'.slice(0, spool.appended.stream - 100);
    spool.append('stream', Buffer.from('XYZ'));
    await spool.settle();
    expect(await readAll(spool, { phase: 'stream', at: 100 })).toEqual([`stream@100 ${kept}XYZ`]);
    await spool.close();
  });

  test('a damaged record is never given to a reader', async () => {
    const dir = newDir();
    const first = open(dir);
    await fill(first);
    await first.close();
    const spool = open(dir);
    const file = join(dir, '1-rdb-0.seg');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
    writeFileSync(file, bytes);
    const repairs: SpoolPosition[] = [];
    expect((await readAll(spool, { phase: 'rdb', at: 0 }, repairs)).join('')).not.toContain('0011');
    expect(repairs).toHaveLength(1);
    await spool.close();
  });

  test('a new full sync drops the old one, and a reader learns it', async () => {
    const dir = newDir();
    const spool = open(dir);
    await fill(spool);
    const seen = await readAll(spool, { phase: 'stream', at: 103 }, [], async () => {
      spool.beginFullSync('b'.repeat(40), 500, 'backlog_overrun');
      spool.append('rdb', Buffer.from('NEW'));
      spool.endRdb();
      await spool.settle();
    });
    expect(seen).toEqual(['full_sync b 500 backlog_overrun', 'rdb@0 NEW', 'rdb_end 3']);
    expect(readdirSync(dir).filter((name) => name.startsWith('1-'))).toEqual([]);
    await spool.close();
  });

  test('another id of the history is told where it begins, also after a restart', async () => {
    const dir = newDir();
    const first = open(dir);
    await fill(first);
    first.addHistory('c'.repeat(40));
    first.append('stream', Buffer.from('hij'));
    await first.settle();
    const expected = ['stream@105 fg', 'id c 107', 'stream@107 hij'];
    expect(await readAll(first, { phase: 'stream', at: 105 })).toEqual(expected);
    await first.close();
    const spool = open(dir);
    expect(await readAll(spool, { phase: 'stream', at: 105 })).toEqual(expected);
    expect(spool.replicationId).toBe('c'.repeat(40));
    await spool.close();
  });

  test('what the target contains is deleted, and nothing else', async () => {
    const dir = newDir();
    const spool = open(dir);
    spool.beginFullSync(idA, 0, 'first');
    spool.append('rdb', Buffer.alloc(1000, 'r'));
    spool.endRdb();
    for (let n = 0; n < 140; n++) {
      spool.append('stream', Buffer.alloc(1024 * 1024, n));
      await spool.settle();
    }
    spool.acknowledge({ phase: 'stream', at: 70 * 1024 * 1024 });
    await spool.maintain();
    expect(spool.firstOf('stream')).toBeGreaterThan(0);
    expect(spool.firstOf('stream')).toBeLessThanOrEqual(70 * 1024 * 1024);
    expect(spool.holds({ phase: 'rdb', at: 0 })).toBe(false);
    expect(spool.holds({ phase: 'stream', at: 70 * 1024 * 1024 })).toBe(true);
    const rest = await readAll(spool, { phase: 'stream', at: 139 * 1024 * 1024 + 5 });
    expect(rest[0]).toHaveLength(`stream@${139 * 1024 * 1024 + 5} `.length + 1024 * 1024 - 5);
    await spool.close();
  });
});
