import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { removeDir, seedMixed, startRedis, startWriter, stopEverything, tempDir, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqualSoon, Migration } from './migration.ts';

const undo: (() => void)[] = [];
afterEach(async () => {
  await stopEverything();
  for (const step of undo.splice(0)) step();
});

/** A disk of that size; null where none can be mounted. */
function mountDisk(megabytes: number): string | null {
  const dir = tempDir('disk');
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir]).status !== 0) {
    removeDir(dir);
    return null;
  }
  undo.push(() => {
    spawnSync('umount', ['-l', dir]);
    removeDir(dir);
  });
  return dir;
}

const canMount = process.getuid?.() === 0 && mountDisk(1) !== null;
for (const step of undo.splice(0)) step();

/** Takes all the room that is left, to the last byte. */
function fill(disk: string): string {
  const file = path.join(disk, 'filler');
  for (let size = 1_048_576; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch {
      // Less than that is left.
    }
  }
  return file;
}

describe.runIf(canMount)('a state directory whose disk is full', () => {
  test('is met by a new full sync as by anything else: it begins when there is room', async () => {
    const source = await startRedis({ args: ['--enable-debug-command', 'local'] });
    const target = await startRedis();
    await seedMixed(source.client, { keys: 3_000 });
    await source.client.config('SET', 'client-output-buffer-limit', 'replica 0 0 0');
    const disk = mountDisk(320) as string;
    const run = new Migration({ source, target }, {}, path.join(disk, 'state'));
    await run.caughtUp(source);
    const filler = fill(disk);
    await source.client.call('DEBUG', 'CHANGE-REPL-ID');
    await source.client.call('CLIENT', 'KILL', 'TYPE', 'replica');
    await source.client.set('later', 'x');
    // The log may have no room for it.
    const isTold = async () => Number((await run.status()).errors['host.disk_full']) > 0;
    await waitFor(isTold, { deadlineMs: 60_000 });
    rmSync(filler);
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    await run.stop();
  });

  test('does not end a run that cannot note its first commit', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    await seedMixed(source.client, { keys: 3_000 });
    await source.client.config('SET', 'client-output-buffer-limit', 'replica 0 0 0');
    await source.client.config('SET', 'repl-diskless-sync-delay', '2');
    const disk = mountDisk(320) as string;
    const state = path.join(disk, 'state');
    const run = new Migration({ source, target }, {}, state);
    const isAsked = async () => (await source.info('replication')).connected_slaves === '1';
    await Promise.race([run.end, waitFor(isAsked, { deadlineMs: 15_000 })]);
    await target.client.call('CLIENT', 'PAUSE', '8000', 'WRITE');
    // By then the source has sent its snapshot, and the target takes no commit yet.
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(await target.client.dbsize()).toBeLessThanOrEqual(1);
    const filler = fill(disk);
    await waitFor(async () => (await target.client.dbsize()) > 1, { deadlineMs: 15_000 });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    rmSync(filler);
    await run.caughtUp(source);
    expect(JSON.parse(readFileSync(path.join(state, 'state.json'), 'utf8'))).toMatchObject({ status: 'written' });
    await expectEqualSoon(source, target);
    await run.stop();
  });

  test('holds a run up for as long as it is, in every phase, and ends it in none', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const disk = mountDisk(320) as string;
    await source.client.config('SET', 'client-output-buffer-limit', 'replica 0 0 0');
    const run = new Migration({ source, target }, {}, path.join(disk, 'state'));
    await run.caughtUp(source);
    const writer = await startWriter(source.url, { rate: 2_000 });
    for (let turn = 0; turn < 4; turn++) {
      const filler = fill(disk);
      await new Promise((resolve) => setTimeout(resolve, 1_000 + turn * 2_000));
      rmSync(filler);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
    }
    await writer.stop();
    expect(await Promise.race([run.end.catch((error: unknown) => error), Promise.resolve('running')])).toBe('running');
    await waitFor(() => run.codes().includes('host.disk_full'), { deadlineMs: 15_000 });
    await run.caughtUp(source);
    await expectEqualSoon(source, target);
    await run.stop();
  });
});
