import { commandOf } from './lookup.ts';
import { isWord } from './text.ts';

/**
 * What is done with a command whose keys lie in several slots of the target.
 *
 * `split`: one command per slot · `move-member`: SREM and SADD · `copy-key`: the value goes from the first key to the
 * second (RENAME, COPY) · `move-element`: an element goes from the first list to the second · `destination`: the
 * result is read from the source · `script`: all declared keys are read from the source · `transaction`: split per
 * slot · `all-nodes`: goes to every primary · `database`: about databases, by the database map · `flush`: removes
 * what one source shard holds · `publish`: a message · `none`: never has keys in two slots, or is not replicated.
 */
export type CrossSlotHandling =
  | 'split'
  | 'move-member'
  | 'copy-key'
  | 'move-element'
  | 'destination'
  | 'script'
  | 'transaction'
  | 'all-nodes'
  | 'database'
  | 'flush'
  | 'publish'
  | 'none';

const names: Readonly<Record<Exclude<CrossSlotHandling, 'none'>, readonly string[]>> = {
  split: ['del', 'unlink', 'mset', 'msetnx', 'msetex', 'touch'],
  'move-member': ['smove'],
  'copy-key': ['rename', 'renamenx', 'copy'],
  'move-element': ['lmove', 'rpoplpush', 'blmove', 'brpoplpush'],
  destination: [
    'sinterstore',
    'sunionstore',
    'sdiffstore',
    'zinterstore',
    'zunionstore',
    'zdiffstore',
    'zrangestore',
    'geosearchstore',
    'georadius',
    'georadiusbymember',
    'bitop',
    'pfmerge',
    'sort',
  ],
  script: ['eval', 'evalsha', 'fcall'],
  transaction: ['multi', 'exec', 'discard'],
  'all-nodes': [
    'function|load',
    'function|delete',
    'function|flush',
    'function|restore',
    'script|load',
    'script|flush',
  ],
  database: ['select', 'move', 'swapdb'],
  flush: ['flushall', 'flushdb'],
  publish: ['publish', 'spublish'],
};

const byName = new Map(
  Object.entries(names).flatMap(([handling, list]) => list.map((name) => [name, handling as CrossSlotHandling])),
);

/** How a command is carried over when its keys lie in several slots of the target. */
export function crossSlotHandling(argv: readonly Uint8Array[], command = commandOf(argv)): CrossSlotHandling {
  if (!command) return 'none';
  if (command.name === 'copy' && argv.some((word, at) => at > 2 && isWord(word, 'db'))) return 'database';
  return byName.get(command.name) ?? 'none';
}
