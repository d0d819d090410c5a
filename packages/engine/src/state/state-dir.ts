import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FerryError } from '@cacheferry/kernel';

/** The files of a run, by name. */
export type StateDir = {
  dir: string;
  jobFile: string;
  eventsFile: string;
  stateFile: string;
  socketFile: string;
  /** Folder of a shard's spool. */
  spoolDir(shard: string): string;
  /** Folder of the sets of keys that a shard's full sync is compared by. */
  keysDir(shard: string): string;
};

/**
 * Makes or takes a state directory: ours, mode 0700, no link to elsewhere.
 *
 * Throws `config.unsafe_directory` when others could reach into it.
 */
export function openStateDir(path: string): StateDir {
  const dir = resolve(path);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = lstatSync(dir);
  const isOurs = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !isOurs) throw new FerryError('config.unsafe_directory', { dir });
  if ((found.mode & 0o077) !== 0) chmodSync(dir, 0o700);
  return stateFiles(dir);
}

/** The names of the files of a state directory that is there already. */
export function stateFiles(path: string): StateDir {
  const dir = resolve(path);
  return {
    dir,
    jobFile: join(dir, 'job.json'),
    eventsFile: join(dir, 'events.jsonl'),
    stateFile: join(dir, 'state.json'),
    socketFile: join(dir, 'control.sock'),
    spoolDir: (shard) => join(dir, 'spool', safeName(shard)),
    keysDir: (shard) => join(dir, 'keys', safeName(shard)),
  };
}

const safeName = (shard: string): string => shard.replace(/[^A-Za-z0-9_-]/g, '_');
