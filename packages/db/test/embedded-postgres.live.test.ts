import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { endProcess, removeDir, startProcess, tempDir, waitFor } from '@cacheferry/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasArgument, isAlive } from '../src/embedded/process-info.ts';
import { type Database, openDatabase, startEmbedded } from '../src/index.ts';

const isRoot = process.getuid?.() === 0;
const home = tempDir('embedded');
fs.chmodSync(home, 0o755);
const dir = path.join(home, 'db');
afterAll(() => removeDir(home));

async function ask(url: string, sql: string): Promise<Record<string, unknown>> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows[0] ?? {};
  } finally {
    await client.end();
  }
}

const pidOf = (db: Database): number => db.embedded?.server.pid ?? 0;

type Holder = { child: ChildProcess; url: string; pid: number };

async function hold(folder: string, who: { uid?: number; gid?: number } = {}): Promise<Holder> {
  const program = path.join(import.meta.dirname, 'holder.ts');
  const cwd = path.resolve(import.meta.dirname, '..');
  const child = startProcess(process.execPath, ['--import', 'tsx', program, folder], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...who,
  });
  let said = '';
  child.stdout?.on('data', (bytes) => (said += bytes));
  await waitFor(() => said.includes('\n'), { deadlineMs: 60_000, what: 'the holder' });
  return { child, ...JSON.parse(said) };
}

describe('the embedded PostgreSQL', () => {
  beforeAll(async () => {
    const db = await startEmbedded({ dir });
    await ask(db.url, 'create table kept (i int)');
    await ask(db.url, 'insert into kept values (7)');
    await db.stop();
  });

  test('keeps its data from one start to the next and stops cleanly', async () => {
    const db = await startEmbedded({ dir });
    expect(await ask(db.url, 'select i from kept')).toEqual({ i: 7 });
    expect((await ask(db.url, 'show server_version')).server_version).toMatch(/^18\./);
    await db.stop();
    expect(isAlive(pidOf(db))).toBe(false);
    expect(fs.existsSync(path.join(dir, 'pgdata/postmaster.pid'))).toBe(false);
    expect(fs.readFileSync(path.join(dir, 'postgres.log'), 'utf8')).not.toContain('not properly shut down');
  });

  test('listens on loopback only and lets nobody in without its password', async () => {
    const db = await startEmbedded({ dir });
    const stranger = new URL(db.url);
    stranger.password = 'guess';
    await expect(ask(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
    expect(await ask(db.url, 'show listen_addresses')).toEqual({ listen_addresses: '127.0.0.1' });
    expect(fs.statSync(path.join(dir, 'password')).mode & 0o777).toBe(0o600);
    await db.stop();
  });

  test.runIf(isRoot)('does not run as root', async () => {
    const db = await startEmbedded({ dir });
    expect(fs.readFileSync(`/proc/${pidOf(db)}/status`, 'utf8')).toMatch(/Uid:\s+65534/);
    await db.stop();
  });

  test('is refused to a second process, and to this one, while the folder is in use', async () => {
    const holder = await hold(dir);
    await expect(startEmbedded({ dir })).rejects.toMatchObject({
      code: 'db.in_use',
      facts: { dir, pid: expect.any(Number) },
    });
    await endProcess(holder.child);
    expect(isAlive(holder.pid)).toBe(false);
    const db = await startEmbedded({ dir });
    await expect(startEmbedded({ dir })).rejects.toMatchObject({ code: 'db.in_use' });
    await db.stop();
  });

  test('that outlived its killed owner is stopped by the next start', async () => {
    const holder = await hold(dir);
    await endProcess(holder.child, 'SIGKILL');
    // The holder is started under a guard, so the server is looked up by its data folder.
    const db = await startEmbedded({ dir });
    expect(pidOf(db)).not.toBe(holder.pid);
    expect(isAlive(holder.pid)).toBe(false);
    expect(await ask(db.url, 'select i from kept')).toEqual({ i: 7 });
    await db.stop();
  });

  test('is started again on its port when it is killed, and has lost nothing', async () => {
    const db = await startEmbedded({ dir });
    const before = pidOf(db);
    await ask(db.url, 'create table killed as select 1 as i');
    process.kill(before, 'SIGKILL');
    await waitFor(() => pidOf(db) !== before, { deadlineMs: 30_000, what: 'the restart' });
    expect(await ask(db.url, 'select i from killed')).toEqual({ i: 1 });
    await db.stop();
    expect(isAlive(pidOf(db))).toBe(false);
  });

  test('starts beside a lock file whose number now belongs to another program, and leaves that alone', async () => {
    const other = startProcess('sleep', ['60']);
    fs.writeFileSync(path.join(dir, 'pgdata/postmaster.pid'), `${other.pid}\n${dir}/pgdata\n1\n5432\n\n127.0.0.1\n`);
    fs.chmodSync(path.join(dir, 'pgdata'), 0o755);
    const db = await startEmbedded({ dir });
    expect(await ask(db.url, 'select i from kept')).toEqual({ i: 7 });
    expect(isAlive(other.pid ?? 0)).toBe(true);
    await db.stop();
    await endProcess(other, 'SIGKILL');
  });

  test('throws the files of a first start that broke off away', async () => {
    const half = path.join(home, 'half');
    fs.mkdirSync(path.join(half, 'pgdata.new/base'), { recursive: true });
    const db = await startEmbedded({ dir: half });
    expect(await ask(db.url, 'select 1 as i')).toEqual({ i: 1 });
    await db.stop();
  });

  test('names its log when it cannot start', async () => {
    const broken = path.join(home, 'broken');
    fs.mkdirSync(path.join(broken, 'pgdata'), { recursive: true });
    fs.writeFileSync(path.join(broken, 'pgdata/PG_VERSION'), '9.4\n');
    await expect(startEmbedded({ dir: broken })).rejects.toMatchObject({
      code: 'db.embedded_failed',
      facts: { log: path.join(broken, 'postgres.log'), reason: expect.stringContaining('postgresql.conf') },
    });
    expect(fs.existsSync(path.join(broken, 'owner.json'))).toBe(false);
  });

  test.runIf(isRoot)('of root lives under /var/lib where its user cannot enter the folder', async () => {
    const closed = path.join(home, 'closed');
    fs.mkdirSync(closed, { mode: 0o700 });
    const db = await startEmbedded({ dir: path.join(closed, 'db') });
    const dataDir = db.embedded?.dataDir ?? '';
    expect(dataDir).toMatch(/^\/var\/lib\/cacheferry\/[0-9a-f]{12}\/db\/pgdata$/);
    expect(hasArgument(pidOf(db), dataDir)).toBe(true);
    await db.stop();
    removeDir(path.resolve(dataDir, '../..'));
  });

  test.runIf(isRoot)('runs as the ordinary user that starts it', async () => {
    const folder = path.join(home, 'user');
    fs.mkdirSync(folder);
    fs.chownSync(folder, 1000, 1000);
    const holder = await hold(path.join(folder, 'db'), { uid: 1000, gid: 1000 });
    expect(fs.readFileSync(`/proc/${holder.pid}/status`, 'utf8')).toMatch(/Uid:\s+1000/);
    await endProcess(holder.child);
    expect(isAlive(holder.pid)).toBe(false);
  });

  test('is not started where DATABASE_URL names another one', async () => {
    const db = await startEmbedded({ dir });
    const named = await openDatabase({ DATABASE_URL: db.url }, { dir: path.join(home, 'unused') });
    expect(named.embedded).toBeUndefined();
    expect(fs.existsSync(path.join(home, 'unused'))).toBe(false);
    await named.stop();
    expect(await ask(named.url, 'select i from kept')).toEqual({ i: 7 });
    await db.stop();
  });
});
