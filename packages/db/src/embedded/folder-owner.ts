import fs from 'node:fs';
import path from 'node:path';
import { FerryError } from '@cacheferry/kernel';
import { identityOf, isAlive } from './process-info.ts';

type Owner = { pid: number; identity: string };

/**
 * Makes this process the only one that uses the folder, and returns what gives it up again.
 *
 * The file appears by `link`, whole or not at all, so of two starts at once one wins. That of a dead owner is removed
 * under a second such file, so that nobody removes the one of the next owner.
 * Throws `db.in_use` while another process, or this one, has the folder.
 */
export function takeFolder(dir: string): () => void {
  const file = path.join(dir, 'owner.json');
  const mine: Owner = { pid: process.pid, identity: identityOf(process.pid) };
  if (!claim(file, mine)) {
    refuseLive(file, dir);
    const broom = `${file}.takeover`;
    if (!claim(broom, mine)) {
      refuseLive(broom, dir);
      fs.rmSync(broom, { force: true });
      if (!claim(broom, mine)) throw inUse(dir, read(broom));
    }
    try {
      refuseLive(file, dir);
      fs.rmSync(file, { force: true });
      if (!claim(file, mine)) throw inUse(dir, read(file));
    } finally {
      fs.rmSync(broom, { force: true });
    }
  }
  return () => fs.rmSync(file, { force: true });
}

function claim(file: string, owner: Owner): boolean {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify(owner), { mode: 0o644 });
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function refuseLive(file: string, dir: string): void {
  const owner = read(file);
  if (owner && isAlive(owner.pid) && identityOf(owner.pid) === owner.identity) throw inUse(dir, owner);
}

/** A file that cannot be read as an owner belongs to nobody. */
function read(file: string): Owner | undefined {
  try {
    const { pid, identity } = JSON.parse(fs.readFileSync(file, 'utf8')) as Owner;
    return typeof pid === 'number' && typeof identity === 'string' ? { pid, identity } : undefined;
  } catch {
    return undefined;
  }
}

const inUse = (dir: string, owner: Owner | undefined) => new FerryError('db.in_use', { dir, pid: owner?.pid ?? 0 });
