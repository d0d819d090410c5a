import fs from 'node:fs';
import path from 'node:path';
import type { ProcessIdentity } from '@cacheferry/engine';
import { isAlive } from '@cacheferry/engine';

/** The newest launch in a state directory: `launch.json`. */
export type LaunchRecord = {
  /** The job's epoch; an older launch that arrives late is refused by it. */
  epoch: number;
  /** The process that waits for the engine's end and notes it. */
  keeper: ProcessIdentity;
  /** Whether the run was cleaned up: then no launch of this epoch may come any more. */
  isReaped: boolean;
};

const nameOf = (dir: string): string => path.join(dir, 'launch.json');

/** The newest launch, or null where there was none. */
export function readLaunch(dir: string): LaunchRecord | null {
  const found = readJson(nameOf(dir));
  if (!found) return null;
  const { epoch, keeper, isReaped } = found as Partial<LaunchRecord>;
  if (typeof epoch !== 'number' || typeof keeper?.pid !== 'number') return null;
  return { epoch, keeper, isReaped: isReaped === true };
}

/** Notes a launch, or that it was cleaned up. */
export function writeLaunch(dir: string, record: LaunchRecord): void {
  writePrivate(nameOf(dir), JSON.stringify(record));
}

/** Whether the process that waits for the engine's end is still there. */
export function isKept(dir: string): boolean {
  const launch = readLaunch(dir);
  return launch !== null && !launch.isReaped && isAlive(launch.keeper) === true;
}

/** Replaces a file that only we may read: a reader sees the old content or the new one, never a part. */
export function writePrivate(file: string, content: string): void {
  const draft = `${file}.${process.pid}.draft`;
  fs.writeFileSync(draft, content, { mode: 0o600 });
  fs.renameSync(draft, file);
}

/** A small JSON file, or null where there is none that can be read. */
export function readJson(file: string): object | null {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return typeof value === 'object' ? value : null;
  } catch {
    // Not there yet, or damaged: as if it had never been written.
    return null;
  }
}
