import type { Clock } from '@cacheferry/kernel';
import type { Config } from './config.ts';
import type { ExitCode } from './exit.ts';

/** What a command may touch beside its arguments. */
export type CommandIo = {
  config: Config;
  clock: Clock;
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  /** Aborted by SIGINT and SIGTERM: a command that can stop in order does so and ends with 130. */
  signal: AbortSignal;
};

/** One command of `ferry`, in a module of its own under commands/. */
export type CommandModule = {
  /** What `ferry NAME --help` prints: the line of use first, then the flags. */
  help: string;
  /** Runs with the arguments behind the command's name. Throws FerryError; returns the exit code. */
  run(args: string[], io: CommandIo): Promise<ExitCode>;
};

export type CommandEntry = {
  /** One line for `ferry --help`. */
  summary: string;
  /** Not shown in `ferry --help`: for other programs, not for people. */
  isHidden?: boolean;
  command: CommandModule;
};
