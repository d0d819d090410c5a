import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Logger } from '@cacheferry/kernel';
import { type Binaries, copyBinaries, findBinaries } from './binaries.ts';
import { isReachable, serverUser } from './permissions.ts';

/** Where everything of one embedded server lies. */
export type Place = { dir: string; dataDir: string; logFile: string; passwordFile: string; binaries: Binaries };

/**
 * Decides where the server's files lie and makes the folder. As root the server runs as another user, which cannot walk
 * into a closed home: then its data, and its programs if need be, live in a folder under /var/lib named after `wanted`.
 */
export async function findPlace(wanted: string, log: Logger): Promise<Place> {
  let dir = path.resolve(wanted);
  let binaries = await findBinaries();
  if (serverUser) {
    const base = path.join('/var/lib/cacheferry', createHash('sha256').update(dir).digest('hex').slice(0, 12));
    if (!isReachable(dir)) {
      log.info('the database lies elsewhere: its user cannot enter the folder', { wanted: dir, dir: base });
      dir = path.join(base, 'db');
    }
    if (!isReachable(binaries.folder)) {
      fs.mkdirSync(base, { recursive: true, mode: 0o755 });
      binaries = copyBinaries(binaries, base);
    }
  }
  fs.mkdirSync(dir, { recursive: true, mode: 0o755 });
  const inside = (name: string) => path.join(dir, name);
  return {
    dir,
    dataDir: inside('pgdata'),
    logFile: inside('postgres.log'),
    passwordFile: inside('password'),
    binaries,
  };
}
