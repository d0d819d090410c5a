import { commandOf, keyPositions, writtenKeyPositions } from '@cacheferry/commands';
import { type KeyId, keyId } from './key-id.ts';

/** Keys on whose state a command's effect depends, and keys that it changes. */
export type KeyUse = { reads: readonly KeyId[]; writes: readonly KeyId[] };

const nothing: KeyUse = { reads: [], writes: [] };
/** Overwrite their key whatever it was, though the table has them read it. */
const overwriting = new Set(['set', 'getset']);

/**
 * What a command of the replication stream reads and writes. One that replaces its key (SET, RESTORE) or removes it
 * (DEL) does not depend on it; SET with KEEPTTL does. Commands that nobody knows use no key.
 */
export function keyUse(args: readonly Buffer[], db: number): KeyUse {
  const command = commandOf(args);
  if (!command?.isWrite || command.keys.length === 0) return nothing;
  const ids = (positions: readonly number[]) => positions.map((at) => keyId(db, args[at] as Buffer));
  const writes = ids(writtenKeyPositions(args, command));
  if (overwriting.has(command.name) && !hasWord(args, 3, 'KEEPTTL')) return { reads: [], writes };
  const replaced = new Set(command.keys.filter(({ access }) => access === 'OW' || access === 'RM'));
  const kept = { ...command, keys: command.keys.filter((rule) => !replaced.has(rule)) };
  const reads = ids(keyPositions(args, replaced.size > 0 ? { ...kept, keyAt: 0 } : command));
  const otherDb = databaseNamed(command.name, args);
  if (otherDb === null) return { reads, writes };
  const moved = args[command.name === 'move' ? 1 : 2] as Buffer;
  return { reads, writes: [...writes, keyId(otherDb, moved)] };
}

/** The database that MOVE and COPY … DB write to. */
export function databaseNamed(name: string, args: readonly Buffer[]): number | null {
  if (name === 'move') return Number(args[2]);
  const at = name === 'copy' ? args.findIndex((word, index) => index > 2 && isWord(word, 'DB')) : -1;
  return at > 0 ? Number(args[at + 1]) : null;
}

const isWord = (bytes: Buffer, word: string): boolean =>
  bytes.length === word.length && bytes.toString('latin1').toUpperCase() === word;
const hasWord = (args: readonly Buffer[], from: number, word: string): boolean =>
  args.some((bytes, at) => at >= from && isWord(bytes, word));
