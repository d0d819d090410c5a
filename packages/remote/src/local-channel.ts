import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import os from 'node:os';
import { FerryError } from '@cacheferry/kernel';
import type { Channel, OpenChannel } from './channel.ts';
import { programName } from './run-program.ts';

/** Starts programs on this machine: child processes without a shell, with the given environment and nothing else. */
export function localChannels(environment: Record<string, string>): OpenChannel {
  return async (argv, { signal, hasInput }) => {
    signal?.throwIfAborted();
    const [program = '', ...rest] = argv;
    if (argv.some((text) => text.includes('\0'))) throw new FerryError('machine.bad_argument');
    const child = spawn(program, rest, { env: { ...environment, LC_ALL: 'C' }, stdio: ['pipe', 'pipe', 'pipe'] });
    if (!hasInput) child.stdin.end();
    return channelOf(child, programName(argv));
  };
}

function channelOf(child: ChildProcessWithoutNullStreams, program: string): Channel {
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const exitCode = error.code === 'ENOENT' ? 127 : 126;
      const detail = error.code ?? error.name;
      reject(new FerryError('machine.command_failed', { host: 'this machine', program, exitCode, detail }, error));
    });
    child.once('close', (code, signal) => resolve(code ?? signalCode(signal)));
  });
  ended.catch(() => {});
  // A program that does not read its input to the end is no error of ours.
  child.stdin.on('error', () => {});
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    abandon: () => {
      child.stdin.destroy();
      child.kill('SIGKILL');
    },
  };
}

/** The exit code that a shell gives to a program that was ended by a signal. */
export function signalCode(signal: string | null | undefined): number {
  return 128 + (os.constants.signals[signal as NodeJS.Signals] ?? 0);
}
