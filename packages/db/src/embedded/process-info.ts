import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/** The fields of /proc/PID/stat from the third on (state, parent, …); `undefined` where there is no such process or file. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string {
  return spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

/** Whether a process runs. A zombie does not: where pid 1 reaps nobody it would look alive for ever. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const state = statFields(pid)?.[0];
  return state === undefined ? process.platform !== 'linux' : state !== 'Z' && state !== 'X';
}

/** Tells one life of a pid from the next: its start, and the boot it started in. */
export function identityOf(pid: number): string {
  const started = statFields(pid)?.[19] ?? ps(pid, 'lstart');
  return `${bootId()}/${started}`;
}

function bootId(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Whether the command line of a process holds this argument. */
export function hasArgument(pid: number, argument: string): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument);
  } catch {
    return process.platform !== 'linux' && ps(pid, 'command').includes(argument);
  }
}
