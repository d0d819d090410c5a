import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { atExit } from './at-exit.ts';

const made = new Set<string>();

atExit(() => {
  for (const dir of made) fs.rmSync(dir, { recursive: true, force: true });
});

/** Makes an empty folder that is gone with this process, or before by `removeDir`. */
export function tempDir(name = 'test'): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `ferry-${name}-`));
  made.add(dir);
  return dir;
}

/** Removes a folder with everything in it; one that is gone already is fine. */
export function removeDir(dir: string): void {
  fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  made.delete(dir);
}
