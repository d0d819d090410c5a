import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import type { Clock } from '@cacheferry/kernel';
import pg from 'pg';
import { serverEnvironment, superuser } from './initialise.ts';
import { serverUser } from './permissions.ts';
import type { Place } from './place.ts';

/** SIGINT ends it fast and cleanly, SIGQUIT at once (it recovers at the next start). */
const ends: readonly [NodeJS.Signals, number][] = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 2_000],
];

/** Settings of the server: loopback only, no socket file (its path has a length limit). */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/** The address of a database of the server. */
export function serverUrl(password: string, port: number, database: string): string {
  return `postgresql://${superuser}:${password}@127.0.0.1:${port}/${database}`;
}

/** Starts the server on a port and waits until it answers. Rejects, with nothing left running, when it does not. */
export async function spawnServer(place: Place, password: string, port: number, clock: Clock): Promise<ChildProcess> {
  keepLogSmall(place.logFile);
  const out = fs.openSync(place.logFile, 'a', 0o600);
  const list = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // In a session of its own: Ctrl-C in the terminal must not reach it before the pools are closed.
  const child = spawn(place.binaries.postgres, ['-D', place.dataDir, '-p', String(port), ...list], {
    ...serverUser,
    cwd: place.dir,
    detached: true,
    stdio: ['ignore', out, out],
    env: serverEnvironment,
  });
  fs.closeSync(out);
  child.once('error', () => {});
  try {
    await untilReady(child, serverUrl(password, port, 'postgres'), clock);
    child.unref();
    return child;
  } catch (error) {
    await endServer(child, clock);
    throw error;
  }
}

/** Whether a started server has ended. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** Ends a server and waits until it is gone. */
export function endServer(child: ChildProcess, clock: Clock): Promise<void> {
  return endWhile(() => !hasEnded(child), child.pid ?? 0, clock);
}

/** Sends one signal after the other until the process no longer runs. */
export async function endWhile(runs: () => boolean, pid: number, clock: Clock): Promise<void> {
  for (const [signal, patienceMs] of ends) {
    if (!runs()) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (const until = clock.monotonic() + patienceMs; runs() && clock.monotonic() < until; ) await clock.sleep(20);
  }
}

/** The log grows by some lines a start; what is old is kept once. */
function keepLogSmall(file: string): void {
  if (fs.existsSync(file) && fs.statSync(file).size > 4 * 1024 * 1024) fs.renameSync(file, `${file}.old`);
}

async function untilReady(child: ChildProcess, url: string, clock: Clock): Promise<void> {
  for (const until = clock.monotonic() + 60_000; clock.monotonic() < until; await clock.sleep(25)) {
    if (hasEnded(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    if (await answers(url)) return;
  }
  throw new Error('it was not ready after 60 s');
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
