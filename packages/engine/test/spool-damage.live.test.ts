import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compareServers,
  type RedisServer,
  removeDir,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { addressOf, offsetOf, rebuild, rebuilt, Receiving, type ReceivingOptions } from './receiving.ts';

const running: Receiving[] = [];
const undo: (() => void)[] = [];
async function receive(server: RedisServer, options: ReceivingOptions = {}): Promise<Receiving> {
  const receiving = new Receiving(addressOf(server), options);
  running.push(receiving);
  return receiving.start();
}
afterEach(async () => {
  for (const receiving of running.splice(0)) {
    await receiving.stop();
    removeDir(receiving.dir);
  }
  await stopEverything();
  for (const action of undo.splice(0)) action();
  for (const dir of rebuilt.splice(0)) removeDir(dir);
});

const source = () =>
  startRedis({
    args: ['--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '0', '--repl-backlog-size', '300mb'],
  });
async function write(server: RedisServer, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) await server.client.set(`key:${n}`, Buffer.alloc(100_000, n));
}
async function differences(server: RedisServer, received: Parameters<typeof rebuild>[0]) {
  return (await compareServers(server.client, (await rebuild(received)).client)).differences;
}
const segments = (dir: string, phase: string) =>
  readdirSync(dir)
    .filter((name) => name.includes(`-${phase}-`))
    .map((name) => join(dir, name));

describe('a spool that is damaged', () => {
  test.each([
    [
      'a flipped bit',
      (file: string) => {
        const bytes = readFileSync(file);
        bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] as number) ^ 4;
        writeFileSync(file, bytes);
      },
    ],
    ['a lost end', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['an empty file', (file: string) => truncateSync(file, 0)],
  ])('in its stream by %s is fetched again from the source, and nothing wrong is read', async (_, damage) => {
    const server = await source();
    const first = await receive(server);
    await first.until(() => first.position.phase === 'stream');
    await write(server, 0, 50);
    await first.reach(await offsetOf(server));
    const from = first.resumePoint;
    first.isHeld = true;
    await write(server, 50, 150);
    const offset = await offsetOf(server);
    await waitFor(() => (first.receiver.status().receivedOffset ?? 0) >= offset);
    first.isHeld = false;
    await first.receiver.stop();
    for (const file of segments(first.dir, 'stream').slice(0, 1)) damage(file);
    const before = first.streamBytes.subarray(0, from.position.at - from.fullSyncOffset);
    const second = await receive(server, { dir: first.dir, from });
    await second.reach(await offsetOf(server));
    const both = { rdb: first.rdb, streamBytes: Buffer.concat([before, second.streamBytes]) };
    expect(await differences(server, both)).toEqual([]);
    expect(second.notes).toEqual([]);
  });

  test('in its RDB is replaced by a new full sync that says so', async () => {
    const server = await source();
    await write(server, 0, 200);
    const first = await receive(server, { acknowledges: false });
    await first.until(() => first.position.phase === 'stream');
    const { replicationId, fullSyncOffset } = first.resumePoint;
    await first.stop();
    const [file = ''] = segments(first.dir, 'rdb');
    const bytes = readFileSync(file);
    bytes[bytes.length - 30] = (bytes[bytes.length - 30] as number) ^ 1;
    bytes[5_000_000] = (bytes[5_000_000] as number) ^ 1;
    writeFileSync(file, bytes);
    const from = { replicationId, fullSyncOffset, position: { phase: 'rdb', at: 0 } } as const;
    const second = await receive(server, { dir: first.dir, from });
    await second.until(() => second.notes.some((note) => note.kind === 'rdb_end'));
    expect(second.notes[0]).toMatchObject({
      kind: 'full_sync',
      reason: expect.stringMatching(/spool_damaged|rdb_incomplete/),
    });
    expect(await differences(server, second)).toEqual([]);
  });
});

const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0 && mountWorks();

function mountWorks(): boolean {
  const dir = tempDir('mount');
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir]).status === 0;
  if (isMounted) spawnSync('umount', [dir]);
  removeDir(dir);
  return isMounted;
}

describe.runIf(canMount)('a spool disk that is full', () => {
  test('holds the source up, costs nothing, and goes on when there is room', async () => {
    const server = await source();
    const disk = tempDir('full-disk');
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]).status).toBe(0);
    undo.push(() => {
      spawnSync('umount', [disk]);
      removeDir(disk);
    });
    const dir = join(disk, 'spool');
    const filler = join(disk, 'filler');
    writeFileSync(filler, Buffer.alloc(16 * 1024 * 1024));
    const receiving = await receive(server, { dir, spoolMaxBytes: 1e9 });
    await receiving.until(() => receiving.position.phase === 'stream');
    receiving.isHeld = true;
    await write(server, 0, 200);
    await waitFor(() => receiving.codes.includes('host.disk_full'), { deadlineMs: 15_000 });
    expect(await server.client.client('LIST', 'TYPE', 'REPLICA')).toBe('');
    truncateSync(filler, 0);
    receiving.isHeld = false;
    await receiving.reach(await offsetOf(server), 60_000);
    expect(await differences(server, receiving)).toEqual([]);
    expect(receiving.receiver.status().fullSyncs).toBe(1);
  });
});
