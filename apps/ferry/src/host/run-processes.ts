import fs from 'node:fs';
import path from 'node:path';
import { identityOf, isAlive, lockHolder, type ProcessIdentity } from '@cacheferry/engine';
import { readLaunch } from './launch-record.ts';

/**
 * The processes of a run that still live: the holder of its lock, the keeper of its engine, and, where /proc shows
 * command lines, whatever names its job file. The own process is none of them.
 */
export function runProcesses(dir: string): ProcessIdentity[] {
  const holder = lockHolder(dir);
  const keeper = readLaunch(dir)?.keeper ?? null;
  const known = [holder, keeper].filter((each): each is ProcessIdentity => each !== null && isOurs(each, dir));
  const all = [...known, ...byCommandLine(path.join(dir, 'job.json'))];
  return all.filter(({ pid }, index) => pid !== process.pid && all.findIndex((other) => other.pid === pid) === index);
}

/** A process is only ever signalled when number, start time and command line say that it is the one that was noted. */
function isOurs(identity: ProcessIdentity, dir: string): boolean {
  if (isAlive(identity) !== true) return false;
  const line = commandLine(identity.pid);
  return line === null || line.includes(dir);
}

function byCommandLine(argument: string): ProcessIdentity[] {
  return processIds().flatMap((pid) => {
    if (!commandLine(pid)?.includes(argument)) return [];
    const identity = identityOf(pid);
    return identity ? [identity] : [];
  });
}

function processIds(): number[] {
  try {
    return fs.readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    // A system without /proc: the lock and the launch record are what there is.
    return [];
  }
}

/** The arguments of a process, or null where they cannot be seen. */
function commandLine(pid: number): string[] | null {
  try {
    const text = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return text === '' ? null : text.split('\0');
  } catch {
    // Gone since, another user's, or no /proc.
    return null;
  }
}
