import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import fs from 'node:fs';
import { atExit } from './at-exit.ts';
import { waitFor } from './wait-for.ts';

const running = new Set<ChildProcess>();
// The kernel ends the child when this process ends, also by SIGKILL.
const guard = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => process.platform === 'linux' && fs.existsSync(file));

atExit(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program that ends with this process at the latest, however this process ends. */
export function startProcess(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const whole = guard ? ['--pdeathsig', 'KILL', '--', program, ...args] : [...args];
  const child = spawn(guard ?? program, whole, options);
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** Whether a started program has ended. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** Sends the signal and waits until the program is gone; after 10 s it is killed. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (hasEnded(child)) return;
  child.kill(signal);
  child.kill('SIGCONT');
  const what = `the end of process ${child.pid}`;
  try {
    await waitFor(() => hasEnded(child), { deadlineMs: 10_000, what });
  } catch {
    child.kill('SIGKILL');
    await waitFor(() => hasEnded(child), { deadlineMs: 5_000, what });
  }
}
