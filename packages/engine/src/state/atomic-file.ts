import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { classifyFileError } from './file-error.ts';

/**
 * Replaces a file as a whole: a reader, or a crash at any moment, sees the old content or the new one. Mode 0600.
 *
 * Throws `host.disk_full` and `host.file_failed`; the file is then as it was.
 */
export function writeFileAtomic(path: string, content: string): void {
  const draft = `${path}.draft`;
  try {
    writeDraft(draft, content);
    renameSync(draft, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(draft, { force: true });
    throw classifyFileError(error, path);
  }
}

function writeDraft(draft: string, content: string): void {
  const file = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
