import { AofWalker } from '@cacheferry/rdb';
import { Window } from '../ship/window.ts';
import { readChunks } from './read-chunks.ts';

/** Which commands of a file count: those before byte `to`. */
export type CommandExtent = {
  to: number;
  /** Bytes of a cut command, or of a transaction without its end, at the end of the file. */
  droppedBytes: number;
  /** Whether what was executed later than the asked time follows. */
  isPastUntil: boolean;
};

/**
 * Reads the commands of an AOF from a byte on to their end, so that a damaged file is known before any of it is used.
 *
 * `until`: Unix seconds; what a later annotation stands before does not count. Throws `aof.corrupt`, `host.file_failed`.
 */
export async function inspectCommands(
  path: string | Buffer,
  { from, until, signal }: { from: number; until: number; signal: AbortSignal },
): Promise<CommandExtent> {
  const bound = new UntilBound(until);
  const walker = new AofWalker(bound, String(path), from);
  const window = new Window();
  for await (const chunk of readChunks(path, signal, { from })) {
    window.append(chunk);
    if (window.length < walker.needBytes) continue;
    window.consume(walker.walk(window.buffer, window.start, window.end));
  }
  const { validBytes, droppedBytes } = walker.finish(window.length);
  if (bound.at === null) return { to: validBytes, droppedBytes, isPastUntil: false };
  return { to: Math.min(validBytes, bound.at), droppedBytes, isPastUntil: true };
}

/** Finds where a time is passed; a transaction that is under way there does not count. */
class UntilBound {
  at: number | null = null;
  readonly #until: number;
  #openMulti: number | null = null;

  constructor(until: number) {
    this.#until = until;
  }

  command([name]: Buffer[], start: number): void {
    if (name === undefined || (name.length !== 5 && name.length !== 4)) return;
    const word = name.toString('latin1').toUpperCase();
    if (word === 'MULTI') this.#openMulti = start;
    else if (word === 'EXEC') this.#openMulti = null;
  }

  timestamp(unixSeconds: number, offset: number): void {
    if (unixSeconds > this.#until) this.at ??= this.#openMulti ?? offset;
  }
}
