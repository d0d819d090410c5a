import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { FerryError } from '@cacheferry/kernel';

/** The folders of an installation. */
export type Home = { dir: string; databaseDir: string; workDir: string; uploadDir: string; keyFile: string };

/** Makes the folders where they are missing. Throws `start.home_not_writable`. */
export function prepareHome(dir: string): Home {
  const home = {
    dir,
    databaseDir: path.join(dir, 'db'),
    workDir: path.join(dir, 'work'),
    uploadDir: path.join(dir, 'uploads'),
    keyFile: path.join(dir, 'secret.key'),
  };
  try {
    // As root the database runs as another user, which must be able to walk through; nothing in it is open to read.
    fs.mkdirSync(dir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    fs.mkdirSync(home.workDir, { recursive: true, mode: 0o700 });
    const probe = path.join(dir, `.probe-${process.pid}-${randomBytes(4).toString('hex')}`);
    fs.writeFileSync(probe, '', { flag: 'wx', mode: 0o600 });
    fs.rmSync(probe);
    return home;
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? reasons[String(error.code)] : undefined;
    throw new FerryError('start.home_not_writable', { dir, reason: reason ?? 'it cannot be written' }, error);
  }
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'there is a file of that name',
};
