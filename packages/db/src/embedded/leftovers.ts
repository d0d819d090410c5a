import fs from 'node:fs';
import path from 'node:path';
import type { Clock, Logger } from '@cacheferry/kernel';
import type { Place } from './place.ts';
import { hasArgument, isAlive } from './process-info.ts';
import { endWhile } from './server-process.ts';

/**
 * Clears what a server that was killed left behind: the server itself when its owner died, its sessions when it died,
 * and its lock file. The lock file goes last: PostgreSQL keeps by it two servers from writing the same data.
 */
export async function clearLeftovers({ dataDir }: Place, clock: Clock, log: Logger): Promise<void> {
  const file = path.join(dataDir, 'postmaster.pid');
  if (!fs.existsSync(file)) return;
  const pid = Number(fs.readFileSync(file, 'utf8').split('\n')[0]);
  if (isAlive(pid) && hasArgument(pid, dataDir)) {
    log.info('stopping a PostgreSQL left over from an earlier run', { pid });
    await endWhile(() => isAlive(pid), pid, clock);
  }
  await endSessions(dataDir, clock);
  fs.rmSync(file, { force: true });
}

/** Sessions notice the death of their server by themselves, one that is busy not at once: it is told after a while. */
async function endSessions(dataDir: string, clock: Clock): Promise<void> {
  const started = clock.monotonic();
  for (let left = workingIn(dataDir); left.length > 0; left = workingIn(dataDir)) {
    const waitedMs = clock.monotonic() - started;
    if (waitedMs > 2_000) for (const pid of left) kill(pid, waitedMs > 7_000 ? 'SIGKILL' : 'SIGQUIT');
    await clock.sleep(25);
  }
}

/** Processes whose working folder is the data folder, as that of every PostgreSQL process is; none where /proc is missing. */
function workingIn(dataDir: string): number[] {
  if (!fs.existsSync('/proc/self/cwd')) return [];
  const real = fs.realpathSync(dataDir);
  const pids = fs.readdirSync('/proc').map(Number);
  return pids.filter((pid) => pid > 0 && workingFolder(pid) === real && isAlive(pid));
}

function workingFolder(pid: number): string | undefined {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already: that is what was wanted.
  }
}
