import type { Readable, Writable } from 'node:stream';

/** One running program on a machine. Its output must be read, or be given up with `abandon`. */
export type Channel = {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit code (128 + n for signal n) once it is over and its output was taken; rejects with `machine.link_lost`. */
  readonly ended: Promise<number>;
  /** Ends the program as far as that is possible, and drops what it still prints. */
  abandon(): void;
};

export type OpenOptions = {
  signal?: AbortSignal | undefined;
  /** Without input the program reads nothing (`/dev/null`), and can be ended at any time. */
  hasInput: boolean;
};

/** Starts a program on a machine. */
export type OpenChannel = (argv: readonly string[], options: OpenOptions) => Promise<Channel>;

/** Ignores output that nobody wants any more, so that the end can be noticed. */
export function drain(...streams: Readable[]): void {
  for (const stream of streams) {
    stream.removeAllListeners('data');
    stream.resume();
  }
}
