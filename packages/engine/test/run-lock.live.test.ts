import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@cacheferry/kernel';
import { removeDir, tempDir, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { acquireRunLock, lockHolder, type RunLock } from '../src/state/run-lock.ts';

const program = join(import.meta.dirname, 'programs/take-lock.ts');
const children: ChildProcess[] = [];
const dirs: string[] = [];
const locks: RunLock[] = [];

function newDir(): string {
  const dir = tempDir('lock');
  dirs.push(dir);
  return dir;
}

async function take(dir: string): Promise<RunLock> {
  const lock = await acquireRunLock(dir, systemClock);
  locks.push(lock);
  return lock;
}

/** Another process that tries to take the lock; resolves with what it said. */
async function tryElsewhere(dir: string): Promise<{ said: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, dir], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await waitFor(() => said.includes('\n'), { deadlineMs: 30_000, what: 'a word of the other process' });
  return { said: said.trim(), child };
}

afterEach(async () => {
  for (const lock of locks.splice(0)) lock.release();
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await waitFor(() => child.exitCode !== null || child.signalCode !== null);
  }
  for (const dir of dirs.splice(0)) removeDir(dir);
});

describe('the lock of a state directory', () => {
  test('is held by one, refused to the next with the holder named, and free after release', async () => {
    const dir = newDir();
    const first = await take(dir);
    expect(lockHolder(dir)?.pid).toBe(process.pid);
    await expect(take(dir)).rejects.toMatchObject({ code: 'engine.already_running', facts: { pid: process.pid, dir } });
    locks.pop()?.release();
    expect(lockHolder(dir)).toBeNull();
    expect((await take(dir)).epoch).toBe(first.epoch + 1);
  });

  test('is free again when its holder was killed', async () => {
    const dir = newDir();
    const { said, child } = await tryElsewhere(dir);
    expect(said).toBe('held 1');
    expect(lockHolder(dir)?.pid).toBe(child.pid);
    child.kill('SIGKILL');
    await waitFor(() => lockHolder(dir) === null);
    expect((await take(dir)).epoch).toBe(2);
    expect(readdirSync(dir)).toEqual(['lock.2']);
  });

  test('of a dead holder is taken by exactly one of many', async () => {
    const dir = newDir();
    writeFileSync(join(dir, 'lock.7'), JSON.stringify({ pid: 999_999_999, startTime: '1', place: '' }));
    const { place } = JSON.parse(await ownLock()) as { place: string };
    writeFileSync(join(dir, 'lock.7'), JSON.stringify({ pid: 999_999, startTime: '1', place }));
    const all = await Promise.all(Array.from({ length: 6 }, () => tryElsewhere(dir)));
    const held = all.filter(({ said }) => said.startsWith('held'));
    expect(held.map(({ said }) => said)).toEqual(['held 8']);
    expect(new Set(all.map(({ said }) => said))).toEqual(new Set(['held 8', 'refused engine.already_running']));
  });

  test('does not count a process that is dead but not reaped, nor one that got its number later', async () => {
    const dir = newDir();
    const parent = spawn('sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(parent);
    let zombie = 0;
    parent.stdout?.on('data', (chunk: Buffer) => (zombie = Number(chunk.toString())));
    await waitFor(() => zombie > 0 && /\) Z/.test(readFileSync(`/proc/${zombie}/stat`, 'utf8')));
    const { place } = JSON.parse(await ownLock()) as { place: string };
    for (const holder of [
      { pid: zombie, startTime: '' },
      { pid: process.pid, startTime: '12345' },
    ]) {
      writeFileSync(join(dir, 'lock.1'), JSON.stringify({ ...holder, place }));
      expect(lockHolder(dir)).toBeNull();
    }
  });

  test('an engine notices within seconds that a newer one holds its directory', async () => {
    const dir = newDir();
    const lock = await take(dir);
    writeFileSync(join(dir, `lock.${lock.epoch + 1}`), '{}');
    expect(() => lock.check()).toThrow(expect.objectContaining({ code: 'engine.fenced' }));
    await waitFor(() => lock.signal.aborted, { deadlineMs: 5_000 });
    expect(lock.signal.reason).toMatchObject({ code: 'engine.fenced' });
    locks.pop();
  });

  test('damaged, or of another place that shows no life, it holds nobody up for long', async () => {
    const dir = newDir();
    writeFileSync(join(dir, 'lock.3'), 'not json');
    expect((await take(dir)).epoch).toBe(4);
    locks.pop()?.release();
    writeFileSync(join(dir, 'lock.9'), JSON.stringify({ pid: 1, startTime: '1', place: 'elsewhere' }));
    expect((await take(dir)).epoch).toBe(10);
  });
});

/** The text of a lock file of this process. */
async function ownLock(): Promise<string> {
  const dir = newDir();
  const lock = await acquireRunLock(dir, systemClock);
  const text = readFileSync(join(dir, `lock.${lock.epoch}`), 'utf8');
  lock.release();
  return text;
}
