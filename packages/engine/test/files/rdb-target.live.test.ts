import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import {
  compareDumps,
  dumpAll,
  type RedisServer,
  seedMixed,
  startRedis,
  stopEverything,
  tempDir,
} from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { type Fixture, fixtureFile, fixtures } from '../../../rdb/test/fixture-files.ts';
import { Migration } from '../migration.ts';

afterEach(() => stopEverything());

const run = promisify(execFile);

async function seeded(): Promise<RedisServer> {
  const source = await startRedis();
  await seedMixed(source.client, { keys: 2_000, dbs: [0, 1, 5] });
  return source;
}

/** A server that started from that file. */
async function loaded(file: string): Promise<RedisServer> {
  const dir = tempDir('loaded');
  const bytes = readFileSync(file);
  writeFileSync(path.join(dir, 'dump.rdb'), file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  expect((await run('redis-check-rdb', [path.join(dir, 'dump.rdb')])).stdout).toContain('RDB looks OK');
  return startRedis({ args: ['--dir', dir] });
}

describe('a migration into an RDB file', () => {
  test.each(['out.rdb', 'out.rdb.gz'])(
    '(%s) makes one that a server starts from, with all of the source',
    async (name) => {
      const source = await seeded();
      await source.client.hset('cf:ck:another', 'epoch', '1');
      const file = path.join(tempDir('out'), name);
      const { snapshot } = await new Migration({ source, target: { url: `rdb:${file}` } }).end;
      await source.client.del('cf:ck:another');
      const dump = await dumpAll(source.client);
      expect(snapshot.keysDone).toBe(dump.size);
      expect(compareDumps(dump, await dumpAll((await loaded(file)).client))).toEqual([]);
    },
  );

  test.each(fixtures('rdb-full').filter(({ version }) => /^redis-(2|7\.0)/.test(version)))(
    'from a file of $version copies it byte by byte',
    async (fixture: Fixture) => {
      const dir = tempDir('copy');
      writeFileSync(path.join(dir, 'in.rdb'), fixtureFile(fixture, 'dump.rdb') as Buffer);
      const ends = { source: { url: `rdb:${dir}/in.rdb` }, target: { url: `rdb:${dir}/out.rdb` } };
      await new Migration(ends).end;
      expect(readFileSync(`${dir}/out.rdb`).equals(readFileSync(`${dir}/in.rdb`))).toBe(true);
    },
  );

  test('gives a file without a checksum one', async () => {
    const fixture = fixtures('rdb-nocompress').find(({ version }) => version === 'redis-7.0.15') as Fixture;
    const dir = tempDir('copy');
    writeFileSync(path.join(dir, 'in.rdb'), fixtureFile(fixture, 'dump.rdb') as Buffer);
    await new Migration({ source: { url: `rdb:${dir}/in.rdb` }, target: { url: `rdb:${dir}/out.rdb` } }).end;
    expect(readFileSync(`${dir}/out.rdb`).subarray(-8).equals(Buffer.alloc(8))).toBe(false);
    await loaded(`${dir}/out.rdb`);
  });

  test('leaves out keys and databases that are not wanted', async () => {
    const source = await seeded();
    await source.client.set('only:this', 'x');
    await source.client.rpush('only:big', ...Array.from({ length: 20_000 }, (_, n) => `${n} ${'x'.repeat(600)}`));
    await source.client.rpush('not:big', ...Array.from({ length: 20_000 }, (_, n) => `${n} ${'x'.repeat(600)}`));
    const file = path.join(tempDir('out'), 'out.rdb');
    await new Migration({ source, target: { url: `rdb:${file}` } }, { options: { filter: ['key:only:*'] } }).end;
    const { client } = await loaded(file);
    expect((await client.keys('*')).sort()).toEqual(['only:big', 'only:this']);
    expect(await client.llen('only:big')).toBe(20_000);
  });

  test('takes several files to as many, or to one name that is numbered', async () => {
    const dir = tempDir('several');
    const fixture = fixtures('rdb-corrupt').find(({ version }) => version === 'redis-7.0.15') as Fixture;
    writeFileSync(path.join(dir, 'a.rdb'), fixtureFile(fixture, 'good.rdb') as Buffer);
    copyFileSync(path.join(dir, 'a.rdb'), path.join(dir, 'b.rdb'));
    const source = { url: `rdb:${dir}/a.rdb,${dir}/b.rdb` };
    await new Migration({ source, target: { url: `rdb:${dir}/out.rdb` } }).end;
    expect(readdirSync(dir).sort()).toEqual(['a.rdb', 'b.rdb', 'out-0.rdb', 'out-1.rdb']);
    await expect(
      new Migration({ source, target: { url: `rdb:${dir}/x,${dir}/y,${dir}/z` } }).end,
    ).rejects.toMatchObject({
      code: 'target.file_count',
    });
  });

  test('replaces a file only when that is asked for, and leaves no draft behind', async () => {
    const source = await seeded();
    const dir = tempDir('out');
    const file = path.join(dir, 'out.rdb');
    writeFileSync(file, 'mine');
    const ends = { source, target: { url: `rdb:${file}` } };
    await expect(new Migration(ends).end).rejects.toMatchObject({ code: 'preflight.blocked' });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await new Migration(ends, { options: { onConflict: 'overwrite' } }).end;
    expect(readFileSync(file).subarray(0, 5).toString()).toBe('REDIS');
    expect(readdirSync(dir)).toEqual(['out.rdb']);
  });

  test('that is stopped leaves nothing', async () => {
    const source = await seeded();
    const dir = tempDir('out');
    const migration = new Migration(
      { source, target: { url: `rdb:${dir}/out.rdb` } },
      { options: { rateBytes: 1_000 } },
    );
    await migration.status().catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await migration.stop()).outcome).toBe('stopped');
    expect(existsSync(`${dir}/out.rdb.draft`) || existsSync(`${dir}/out.rdb`)).toBe(false);
  });

  test('does not take the commands of an AOF', async () => {
    const dir = tempDir('aof');
    writeFileSync(path.join(dir, 'a.aof'), '*1\r\n$4\r\nPING\r\n');
    const ends = { source: { url: `aof:${dir}/a.aof` }, target: { url: `rdb:${dir}/out.rdb` } };
    await expect(new Migration(ends).end).rejects.toMatchObject({ code: 'endpoint.needs_server' });
  });
});
