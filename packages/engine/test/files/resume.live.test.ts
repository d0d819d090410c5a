import { appendFileSync, copyFileSync } from 'node:fs';
import path from 'node:path';
import type { Snapshot } from '@cacheferry/contract';
import {
  dumpAll,
  compareDumps,
  runFerry,
  seedMixed,
  spawnFerry,
  startRedis,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { askEngine } from '../../src/index.ts';

afterEach(() => stopEverything());

/** A server whose data lie in a file: as an RDB, or as an AOF whose second half is commands. */
async function written(kind: 'rdb' | 'aof') {
  const dir = tempDir('written');
  const args = kind === 'aof' ? ['--appendonly', 'yes', '--dir', dir] : ['--dir', dir];
  const source = await startRedis({ args });
  await seedMixed(source.client, { keys: 3_000, dbs: [0, 3] });
  if (kind === 'rdb') await source.client.save();
  else {
    await source.client.bgrewriteaof();
    await waitFor(async () => /aof_rewrite_in_progress:0/.test(await source.client.info('persistence')), {
      deadlineMs: 20_000,
    });
    const more = source.client.pipeline();
    for (let n = 0; n < 20_000; n++) more.incr(`counter:${n % 100}`);
    await more.exec();
  }
  const url = kind === 'rdb' ? `rdb:${path.join(dir, 'dump.rdb')}` : `aof:${path.join(dir, 'appendonlydir')}`;
  return { source, url, dir };
}

describe('a migration from a file', () => {
  test.each(['rdb', 'aof'] as const)(
    '(%s) that is killed again and again goes on and does nothing twice',
    async (kind) => {
      const { source, url } = await written(kind);
      const target = await startRedis();
      const state = tempDir('state');
      const args = ['migrate', url, target.url, '--state', state, '--mode', 'full'];
      let kills = 0;
      for (const share of [0.2, 0.5, 0.8]) {
        const ferry = await spawnFerry([...args, '--rate-bytes', '1m', '--batch', '50']);
        const isThere = async () => {
          const snapshot = (await askEngine(state, { command: 'status' }).catch(() => null)) as Snapshot | null;
          const shard = snapshot?.shards[0];
          const done =
            kind === 'rdb'
              ? (shard?.bytesDone ?? 0) / (shard?.bytesTotal ?? 1)
              : (shard?.offset ?? 0) / (shard?.sourceOffset ?? 1);
          return done >= share;
        };
        await waitFor(async () => !ferry.isRunning || isThere(), {
          deadlineMs: 30_000,
          everyMs: 20,
          what: `${share} of it: ${ferry.stderr}`,
        });
        if (ferry.isRunning) kills++;
        await ferry.stop();
      }
      expect(kills).toBeGreaterThan(1);
      const { code, stderr } = await runFerry(args);
      expect(code, stderr).toBe(0);
      expect(compareDumps(await dumpAll(source.client), await dumpAll(target.client))).toEqual([]);
    },
  );

  test('does not go on with another file', async () => {
    const { url, dir } = await written('rdb');
    const target = await startRedis();
    const [state, file] = [tempDir('state'), path.join(dir, 'copy.rdb')];
    copyFileSync(url.slice('rdb:'.length), file);
    const args = ['migrate', `rdb:${file}`, target.url, '--state', state];
    const ferry = await spawnFerry([...args, '--rate-bytes', '200k', '--batch', '20']);
    await waitFor(async () => (await target.client.dbsize()) > 20, { deadlineMs: 20_000, everyMs: 20 });
    await ferry.stop();
    appendFileSync(file, 'x');
    const { code, stderr } = await runFerry(args);
    expect(code).toBe(1);
    expect(stderr).toContain('error[source.file_changed]');
  });

  test('is refused outside of the folders that the machine allows', async () => {
    const { url } = await written('rdb');
    const target = await startRedis();
    const { code, stderr } = await runFerry(['migrate', url, target.url], {
      env: { FERRY_FILE_ROOTS: tempDir('root') },
    });
    expect(code).toBe(64);
    expect(stderr).toContain('error[config.path_forbidden]');
  });
});
