import type { CommandSpec, KeyRule } from './command-spec.ts';
import { irregularKeys } from './irregular-keys.ts';
import { commandOf } from './lookup.ts';
import { isWord, readCount } from './text.ts';

type Argv = readonly Uint8Array[];

/**
 * The positions of the keys in the arguments, in their order; the command's name is position 0.
 *
 * Returns an empty list for an unknown command, one without keys, and one that the server would refuse for its
 * number of arguments. `into` takes the positions instead of a new list.
 */
export function keyPositions(argv: Argv, command = commandOf(argv), into: number[] = []): number[] {
  into.length = 0;
  if (!command || !hasArity(command, argv.length)) return into;
  if (command.keyAt > 0) {
    into.push(command.keyAt);
    return into;
  }
  const special = irregularKeys(command.name, argv);
  if (special) for (const { at } of special) into.push(at);
  else for (const rule of command.keys) addKeys(rule, argv, into);
  return into;
}

/** The positions of those keys that the command changes, creates or removes. */
export function writtenKeyPositions(argv: Argv, command = commandOf(argv)): number[] {
  if (!command?.isWrite || !hasArity(command, argv.length)) return [];
  const special = irregularKeys(command.name, argv);
  if (special) return special.filter(({ isWritten }) => isWritten).map(({ at }) => at);
  const positions: number[] = [];
  for (const rule of command.keys) if (rule.access !== 'RO') addKeys(rule, argv, positions);
  return positions;
}

const hasArity = ({ arity }: CommandSpec, length: number): boolean => (arity < 0 ? length >= -arity : length === arity);

function addKeys(rule: KeyRule, argv: Argv, into: number[]): void {
  const begin = typeof rule.at === 'number' ? rule.at : findKeyword(rule.at, argv);
  if (begin <= 0 || begin >= argv.length) return;
  if (rule.range) addRange(rule.range, begin, argv.length, into);
  else addCounted(rule.count, begin, argv, into);
}

function addRange(
  [last, step, limit]: readonly [number, number, number],
  begin: number,
  length: number,
  into: number[],
) {
  let end = last >= 0 ? begin + last : length + last;
  if (last < 0 && limit > 1) end = begin + Math.floor((length - begin) / limit) - 1;
  for (let at = begin; at <= end && at < length; at += Math.max(step, 1)) into.push(at);
}

function addCounted(
  [countAt, first, step]: readonly [number, number, number],
  begin: number,
  argv: Argv,
  into: number[],
) {
  const count = readCount(argv[begin + countAt]);
  const start = begin + first;
  if (count < 1 || start + (count - 1) * step >= argv.length) return;
  for (let n = 0; n < count; n++) into.push(start + n * step);
}

/** Where the keys begin after the keyword; -1 when it is not there. */
function findKeyword([keyword, from]: readonly [string, number], argv: Argv): number {
  const word = keyword.toLowerCase();
  const forward = from > 0;
  for (let at = forward ? from : argv.length + from; at > 0 && at < argv.length; at += forward ? 1 : -1)
    if (isWord(argv[at], word)) return at + 1;
  return -1;
}
