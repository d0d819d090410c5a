import fs from 'node:fs';
import path from 'node:path';

/** PostgreSQL refuses to run as root; then it runs as this user, which owns nothing else. */
const nobody = 65_534;

/** Who the server runs as: another user when this process is root, else the same. */
export const serverUser: { uid: number; gid: number } | undefined =
  process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : undefined;

/** Whether the server's user can walk down to this path, or to the nearest folder above it that exists. */
export function isReachable(target: string): boolean {
  if (!serverUser) return true;
  for (let at = nearestFolder(path.resolve(target)); ; at = path.dirname(at)) {
    const { mode, uid } = fs.statSync(at);
    if (!(mode & 0o001) && uid !== nobody) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** Hands one file or folder to the server's user. */
export function giveToServer(target: string): void {
  if (serverUser) fs.lchownSync(target, serverUser.uid, serverUser.gid);
}

/** Hands a folder and all in it to the server's user, unless it has it already. */
export function giveTreeToServer(dir: string): void {
  if (!serverUser || fs.statSync(dir).uid === serverUser.uid) return;
  const walk = (at: string): void => {
    for (const entry of fs.readdirSync(at, { withFileTypes: true })) {
      const child = path.join(at, entry.name);
      if (entry.isDirectory()) walk(child);
      else giveToServer(child);
    }
    giveToServer(at);
  };
  walk(dir);
}

function nearestFolder(target: string): string {
  return fs.existsSync(target) ? target : nearestFolder(path.dirname(target));
}
