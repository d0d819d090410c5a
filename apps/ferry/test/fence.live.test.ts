import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineEvent, Snapshot } from '@cacheferry/contract';
import {
  bundleFerry,
  hasServer,
  type RedisServer,
  removeDir,
  runFerry,
  seedMixed,
  type ServerVersion,
  spawnFerry,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';

const hasOldServer = await hasServer('redis@6.0');
const dirs: string[] = [];
const undo: (() => void)[] = [];
function newDir(): string {
  const dir = tempDir('fence');
  dirs.push(dir);
  return dir;
}
beforeAll(bundleFerry);
afterEach(async () => {
  await stopEverything();
  for (const action of undo.splice(0)) action();
  for (const dir of dirs.splice(0)) removeDir(dir);
});

const quick = ['--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '0'];
const status = async (dir: string) =>
  Snapshot.parse(JSON.parse((await runFerry(['status', '--state', dir, '--json'])).stdout));

/** A run that follows its source, with 100 keys copied. */
async function following(dir: string, version: ServerVersion = 'redis@7.0') {
  const source = await startRedis({ version, args: quick });
  const target = await startRedis();
  await seedMixed(source.client, { keys: 100, seed: 1 });
  const run = await spawnFerry(['migrate', source.url, target.url, '--state', dir]);
  const isFollowing = async () =>
    existsSync(join(dir, 'control.sock')) && (await status(dir)).state === 'incremental_sync';
  await waitFor(isFollowing, { deadlineMs: 30_000, what: 'incremental sync' });
  return { source, target, run };
}
const paused = async (server: RedisServer) =>
  (await server.info('clients')).paused_reason ?? (await server.info('all')).paused_reason;
/** Resolves to whether a write is answered within the time. */
const writes = (server: RedisServer, key: string, withinMs: number) => {
  const client = server.connect();
  return Promise.race([
    client.set(key, '1').then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), withinMs)),
  ]);
};

describe('ferry fence', () => {
  test('holds writes at the source until unfence, and says where they stood', async () => {
    const dir = newDir();
    const { source, target } = await following(dir);
    const { code, stdout } = await runFerry(['fence', '--state', dir, '--json']);
    expect(code).toBe(0);
    const { offsets } = JSON.parse(stdout) as { offsets: Record<string, number> };
    expect(offsets['0']).toBeGreaterThanOrEqual(0);
    expect(await source.client.get('none')).toBeNull();
    expect(await writes(source, 'held', 500)).toBe(false);
    expect((await runFerry(['unfence', '--state', dir])).code).toBe(0);
    await waitFor(async () => (await target.client.get('held')) === '1');
    const acks = readFileSync(join(dir, 'events.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => EngineEvent.parse(JSON.parse(line)))
      .filter((event) => event.type === 'ack');
    expect(acks.map((event) => [event.command, event.ok])).toEqual([
      ['fence', true],
      ['unfence', true],
    ]);
  });

  test.each([
    ['is stopped', 'SIGTERM', 2_000],
    ['is killed', 'SIGKILL', 35_000],
  ] as const)('an engine that %s leaves no fence behind', async (_, signal, withinMs) => {
    const dir = newDir();
    const { source, run } = await following(dir);
    await runFerry(['fence', '--state', dir]);
    expect(await writes(source, 'held', 200)).toBe(false);
    run.signal(signal);
    await run.ended();
    expect(await writes(source, 'after', withinMs)).toBe(true);
  });

  test.runIf(hasOldServer)('is refused where the source cannot hold writes only, and nothing is held', async () => {
    const dir = newDir();
    const { source } = await following(dir, 'redis@6.0');
    const { code, stderr } = await runFerry(['fence', '--state', dir]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('error[engine.unsupported]')]);
    expect(await writes(source, 'free', 1_000)).toBe(true);
    expect(await paused(source)).not.toBe('write');
  });
});

const canMount = process.getuid?.() === 0 && mountWorks();
function mountWorks(): boolean {
  const dir = tempDir('mount');
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir]).status === 0;
  if (isMounted) spawnSync('umount', [dir]);
  removeDir(dir);
  return isMounted;
}

describe.runIf(canMount)('a state directory whose disk is full', () => {
  test('holds the run; it goes on by itself when there is room, and no event is lost', async () => {
    const disk = newDir();
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300m', 'tmpfs', disk]);
    undo.push(() => spawnSync('umount', [disk]));
    const dir = join(disk, 'state');
    const { source, target, run } = await following(dir);
    const filler = join(disk, 'filler');
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M']);
    const eventsFile = join(dir, 'events.jsonl');
    await waitFor(async () => (await status(dir)).state === 'paused', {
      deadlineMs: 20_000,
      what: 'the run to be held',
    });
    await source.client.set('meanwhile', '1');
    truncateSync(filler, 0);
    await waitFor(async () => (await target.client.get('meanwhile')) === '1', { deadlineMs: 20_000 });
    run.signal('SIGTERM');
    expect((await run.ended()).code).toBe(130);
    const events = readFileSync(eventsFile, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => EngineEvent.parse(JSON.parse(line)));
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.some((event) => event.type === 'error' && event.code === 'host.disk_full')).toBe(true);
    writeFileSync(filler, '');
  });
});
