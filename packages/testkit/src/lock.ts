import fs from 'node:fs';
import path from 'node:path';
import { cacheDir } from './paths.ts';
import { waitFor } from './wait-for.ts';

/** Runs the work while no other test process runs work under the same name. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  fs.mkdirSync(cacheDir, { recursive: true });
  const file = path.join(cacheDir, `${name}.lock`);
  await waitFor(() => take(file), { deadlineMs: 300_000, everyMs: 25, what: `the lock ${name}` });
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (isStale(file)) fs.rmSync(file, { force: true });
    return false;
  }
}

function isStale(file: string): boolean {
  try {
    const owner = Number(fs.readFileSync(file, 'utf8'));
    if (owner === 0) return performance.timeOrigin - fs.statSync(file).mtimeMs > 60_000;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
