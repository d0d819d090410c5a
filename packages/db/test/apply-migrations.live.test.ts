import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { removeDir, tempDir } from '@cacheferry/testkit';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyMigrations, type Database, startEmbedded } from '../src/index.ts';

const home = tempDir('migrations');
fs.chmodSync(home, 0o755);
let db: Database;
let url = '';
let folder = '';
let count = 0;

beforeAll(async () => {
  db = await startEmbedded({ dir: path.join(home, 'db') });
});
afterAll(async () => {
  await db.stop();
  removeDir(home);
});
beforeEach(async () => {
  const name = `case_${++count}`;
  await run(db.url, `create database ${name}`);
  const address = new URL(db.url);
  address.pathname = `/${name}`;
  url = address.href;
  folder = path.join(home, name);
  addMigration(
    '20260101000000_first',
    'create table "Thing" ("id" text not null, constraint "Thing_pkey" primary key ("id"));',
  );
  addMigration('20260102000000_second', 'alter table "Thing" add column "name" text;');
  fs.writeFileSync(path.join(folder, 'migration_lock.toml'), 'provider = "postgresql"\n');
});

function addMigration(name: string, sql: string): void {
  fs.mkdirSync(path.join(folder, name), { recursive: true });
  fs.writeFileSync(path.join(folder, name, 'migration.sql'), sql);
}

async function run(to: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(to);
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

describe('applying migrations', () => {
  test('that several starts do at once happens once and in order', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => applyMigrations(url, folder)));
    expect(runs.flat()).toEqual(['20260101000000_first', '20260102000000_second']);
    await run(url, `insert into "Thing" values ('a', 'b')`);
    expect(await applyMigrations(url, folder)).toEqual([]);
  });

  test('takes only what is new to the database', async () => {
    await applyMigrations(url, folder);
    addMigration('20260103000000_third', 'alter table "Thing" add column "more" text;');
    expect(await applyMigrations(url, folder)).toEqual(['20260103000000_third']);
  });

  test('that fails names the migration, and the next start is refused too', async () => {
    addMigration('20260103000000_broken', 'create table half (i int); select nope;');
    const failure = {
      code: 'db.migration_failed',
      facts: { reason: expect.stringContaining('20260103000000_broken') },
    };
    await expect(applyMigrations(url, folder)).rejects.toMatchObject(failure);
    await expect(applyMigrations(url, folder)).rejects.toMatchObject(failure);
  });

  test('is refused on a database of a newer version', async () => {
    await applyMigrations(url, folder);
    fs.rmSync(path.join(folder, '20260102000000_second'), { recursive: true });
    await expect(applyMigrations(url, folder)).rejects.toMatchObject({
      code: 'db.newer_than_code',
      facts: { name: '20260102000000_second' },
    });
  });
});

describe('the prisma command over the WebAssembly engine', () => {
  const packageDir = path.resolve(import.meta.dirname, '..');
  const schema = () => path.join(folder, '..', `${path.basename(folder)}.prisma`);
  const prisma = (...args: string[]) => {
    const config = path.join(home, `${path.basename(folder)}.config.mjs`);
    const settings = { schema: schema(), migrations: { path: folder }, datasource: { url } };
    fs.writeFileSync(config, `export default ${JSON.stringify(settings)}`);
    const engine = path.join(packageDir, 'src/prisma-schema-engine.mjs');
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: engine, CHECKPOINT_DISABLE: '1' };
    return spawnSync('node_modules/.bin/prisma', [...args, '--config', config], {
      cwd: packageDir,
      encoding: 'utf8',
      env,
    });
  };
  beforeEach(() => {
    const model = 'model Thing {\n  id String @id\n  name String?\n}\n';
    fs.writeFileSync(schema(), `datasource db {\n  provider = "postgresql"\n}\n${model}`);
  });

  test('agrees with what the start has applied', async () => {
    await applyMigrations(url, folder);
    expect(prisma('migrate', 'status').stdout).toContain('Database schema is up to date');
    const drift = prisma('migrate', 'diff', '--from-migrations', folder, '--to-schema', schema(), '--exit-code');
    expect(drift.status, drift.stdout + drift.stderr).toBe(0);
  });

  test('writes and applies a new migration, and leaves no shadow database behind', async () => {
    await applyMigrations(url, folder);
    fs.appendFileSync(schema(), 'model Other {\n  id Int @id\n}\n');
    const made = prisma('migrate', 'dev', '--name', 'other');
    expect(made.status, made.stdout + made.stderr).toBe(0);
    expect(fs.readdirSync(folder).some((name) => name.endsWith('_other'))).toBe(true);
    expect((await run(url, 'select * from "Other"')).rows).toEqual([]);
    const left = await run(url, `select datname from pg_database where datname like 'shadow%'`);
    expect(left.rows).toEqual([]);
  });
});
