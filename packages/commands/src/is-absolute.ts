import type { CommandSpec } from './command-spec.ts';
import { commandOf } from './lookup.ts';
import { isWord } from './text.ts';

type Argv = readonly Uint8Array[];
type Test = (argv: Argv) => boolean;

const always: Test = () => true;
const has = (argv: Argv, from: number, ...words: readonly string[]): boolean =>
  argv.slice(from).some((argument) => words.some((word) => isWord(argument, word)));

/**
 * Commands whose replay converges: running any suffix of the log again, in order, over a state that has seen all of
 * it, gives that state again. PEXPIREAT is not one of them, though its own effect is absolute: replayed over a
 * collection that was emptied (and so removed) and made anew later in the log, it gives the new one a time to live.
 */
const tests: Readonly<Record<string, Test>> = {
  set: isPlainSet,
  mset: always,
  setrange: always,
  setbit: always,
  hset: always,
  hmset: always,
  hdel: always,
  sadd: always,
  srem: always,
  zadd: isPlainZadd,
  zrem: always,
  del: always,
  unlink: always,
  persist: always,
  pfadd: always,
  hpexpireat: (argv) => argv.length > 3 && isWord(argv[3], 'fields'),
  restore: (argv) => has(argv, 4, 'replace') && has(argv, 4, 'absttl'),
};

/**
 * Whether a command may be sent twice as part of a replayed suffix of the stream; all others are guarded, which
 * means that they are committed together with a checkpoint of their slot. Relative times to live count as guarded.
 */
export function isAbsolute(argv: Argv, command = commandOf(argv)): boolean {
  return command !== undefined && (tests[command.name]?.(argv) ?? false);
}

/** Whether some form of a command is absolute. */
export const canBeAbsolute = ({ name }: CommandSpec): boolean => name in tests;

/** Without a condition, a reply that is stored, or a time that counts from now. */
function isPlainSet(argv: Argv): boolean {
  for (let at = 3; at < argv.length; at++) {
    if (isWord(argv[at], 'pxat') || isWord(argv[at], 'exat')) at++;
    else if (!isWord(argv[at], 'keepttl')) return false;
  }
  return argv.length >= 3;
}

/** Options stand before the first score; only CH changes nothing but the reply. */
function isPlainZadd(argv: Argv): boolean {
  for (let at = 2; at < argv.length; at++) {
    if (isWord(argv[at], 'ch')) continue;
    return !['nx', 'xx', 'gt', 'lt', 'incr'].some((word) => isWord(argv[at], word));
  }
  return false;
}
