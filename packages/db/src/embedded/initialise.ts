import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { FerryError } from '@cacheferry/kernel';
import { giveToServer, giveTreeToServer, serverUser } from './permissions.ts';
import type { Place } from './place.ts';

/** The role that owns everything, and the environment that PostgreSQL's programs get: nothing of ours. */
export const superuser = 'cacheferry';
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };

/** The password of the server's role: made once, readable for this user only. */
export function readPassword({ passwordFile }: Place): string {
  const made = fs.existsSync(passwordFile) && fs.readFileSync(passwordFile, 'utf8');
  if (made) return made;
  const password = randomBytes(24).toString('base64url');
  fs.writeFileSync(passwordFile, password, { mode: 0o600 });
  return password;
}

/**
 * Makes the data folder if it is not there, and sets what PostgreSQL insists on (mode 0700, its own user).
 * It is made under another name and renamed, so that a start broken off leaves nothing half made.
 */
export function ensureDataFolder(place: Place, password: string): void {
  const { dataDir } = place;
  if (!fs.existsSync(path.join(dataDir, 'PG_VERSION'))) {
    const draft = `${dataDir}.new`;
    fs.rmSync(draft, { recursive: true, force: true });
    fs.mkdirSync(draft, { mode: 0o700 });
    giveToServer(draft);
    runInitdb(place, draft, password);
    fs.renameSync(draft, dataDir);
  }
  fs.chmodSync(dataDir, 0o700);
  giveTreeToServer(dataDir);
}

function runInitdb(place: Place, draft: string, password: string): void {
  const passwordCopy = `${place.passwordFile}.initdb`;
  fs.rmSync(passwordCopy, { force: true });
  fs.writeFileSync(passwordCopy, password, { mode: 0o600 });
  giveToServer(passwordCopy);
  const options = ['-U', superuser, '-A', 'scram-sha-256', `--pwfile=${passwordCopy}`, '-E', 'UTF8', '--locale=C'];
  const result = spawnSync(place.binaries.initdb, ['-D', draft, ...options], {
    ...serverUser,
    cwd: place.dir,
    encoding: 'utf8',
    env: serverEnvironment,
  });
  fs.rmSync(passwordCopy, { force: true });
  if (result.status === 0) return;
  const said = `${result.stderr ?? ''}${result.stdout ?? ''}`;
  fs.appendFileSync(place.logFile, said);
  const reason = result.error?.message ?? said.trim().split('\n').at(-1) ?? '';
  throw new FerryError('db.embedded_failed', { reason: `initdb: ${reason}`, log: place.logFile });
}
