import { isWord } from './text.ts';

export type FoundKey = { at: number; isWritten: boolean };
type Argv = readonly Uint8Array[];

/**
 * Keys of the commands whose rules do not say everything, because their options may stand in any order.
 * `undefined` for all others. Spec: the getkeys functions in db.c.
 */
export function irregularKeys(name: string, argv: Argv): FoundKey[] | undefined {
  switch (name) {
    case 'sort':
      return sortKeys(argv);
    case 'migrate':
      return migrateKeys(argv);
    default:
      return undefined;
  }
}

/** SORT key [BY p] [LIMIT o n] [GET p …] [ASC|DESC] [ALPHA] [STORE destination], the options in any order. */
function sortKeys(argv: Argv): FoundKey[] {
  let destination = -1;
  for (let at = 2; at < argv.length; at++) {
    if (isWord(argv[at], 'limit')) at += 2;
    else if (isWord(argv[at], 'get') || isWord(argv[at], 'by')) at += 1;
    else if (isWord(argv[at], 'store') && at + 1 < argv.length) destination = ++at;
  }
  const source = { at: 1, isWritten: false };
  return destination > 0 ? [source, { at: destination, isWritten: true }] : [source];
}

/** MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH p] [AUTH2 u p] [KEYS key …] */
function migrateKeys(argv: Argv): FoundKey[] {
  if (argv[3]?.length !== 0) return [{ at: 3, isWritten: true }];
  for (let at = 6; at < argv.length; at++) {
    if (isWord(argv[at], 'keys')) return argv.slice(at + 1).map((_, n) => ({ at: at + 1 + n, isWritten: true }));
    if (isWord(argv[at], 'auth')) at += 1;
    else if (isWord(argv[at], 'auth2')) at += 2;
  }
  return [];
}
