import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What names a process for all time: a pid alone is given again. */
export type ProcessIdentity = {
  pid: number;
  /** In the kernel's own unit; '' where it cannot be read. */
  startTime: string;
  /** Host, its boot and the pid namespace: a pid says nothing outside of them. */
  place: string;
};

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? '', place: ownPlace() };
}

/** The identity of a process of this place; null when there is none with that number. */
export function identityOf(pid: number): ProcessIdentity | null {
  const startTime = startTimeOf(pid);
  return startTime === null ? null : { pid, startTime, place: ownPlace() };
}

/** Whether a process was stopped (SIGSTOP) and does nothing until it goes on. */
export function isSuspended(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return /^[Tt]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

/** Whether the process still runs; null when it lives in a place that cannot be looked into from here. */
export function isAlive(identity: ProcessIdentity): boolean | null {
  if (identity.place !== ownPlace()) return null;
  const startTime = startTimeOf(identity.pid);
  if (startTime === null) return false;
  return identity.startTime === '' || startTime === '' || startTime === identity.startTime;
}

function ownPlace(): string {
  return [hostname(), read('/proc/sys/kernel/random/boot_id'), link('/proc/self/ns/pid')].join(' ');
}

/** null: no such process, or one that is dead but not yet reaped (a zombie answers signals as if it lived). */
function startTimeOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat !== '') {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /^[ZX]/.test(fields[0] ?? '') ? null : (fields[19] ?? '');
  }
  if (read('/proc/self/stat') !== '') return null;
  return startTimeByPs(pid);
}

/** For systems without /proc. */
function startTimeByPs(pid: number): string | null {
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' || /^Z/.test(text) ? null : text.replace(/^\S+\s+/, '');
  } catch (error) {
    // ps ends with 1 when there is no such process.
    return (error as { status?: unknown }).status === 1 ? null : '';
  }
}

function read(path: string): string {
  return attempt(() => readFileSync(path, 'utf8').trim());
}

function link(path: string): string {
  return attempt(() => readlinkSync(path));
}

/** A file of /proc that is not there says just that: '' stands for it. */
function attempt(action: () => string): string {
  try {
    return action();
  } catch {
    return '';
  }
}
