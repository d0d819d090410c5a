import type { RunOptions, RunResult } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { type Channel, drain, type OpenChannel } from './channel.ts';
import { collect, collectTail } from './collect.ts';
import { unlessAborted, within } from './within.ts';

const standardTimeoutMs = 30_000;
const standardOutputBytes = 1 << 20;
const errorTailBytes = 8 << 10;

/** Runs a program to its end, bounded in time and in what it may print. */
export function runProgram(
  open: OpenChannel,
  host: string,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const ms = options.timeoutMs ?? standardTimeoutMs;
  const onTimeout = () => new FerryError('machine.timeout', { host, seconds: ms / 1000, step: programName(argv) });
  return within({ ms, signal: options.signal, onTimeout }, async (signal) => {
    const channel = await open(argv, { signal, hasInput: options.stdin !== undefined });
    return await unlessAborted(readToEnd(channel, host, argv, options), signal).catch((error: unknown) => {
      giveUp(channel);
      throw error;
    });
  });
}

async function readToEnd(
  channel: Channel,
  host: string,
  argv: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const bytes = options.maxOutputBytes ?? standardOutputBytes;
  let tooLarge: FerryError | undefined;
  const stdout = collect(channel.stdout, bytes, () => {
    tooLarge = new FerryError('machine.output_too_large', { host, program: programName(argv), bytes });
    giveUp(channel);
  });
  const stderr = collectTail(channel.stderr, errorTailBytes);
  if (options.stdin !== undefined) channel.stdin.end(options.stdin);
  const exitCode = await channel.ended.catch((error: unknown) => {
    throw tooLarge ?? error;
  });
  if (tooLarge) throw tooLarge;
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

function giveUp(channel: Channel): void {
  drain(channel.stdout, channel.stderr);
  channel.abandon();
}

/** The program of a command line without its folder, for messages. */
export function programName(argv: readonly string[]): string {
  return (argv[0] ?? '').split('/').at(-1) ?? '';
}
