import {
  type CommandSpec,
  commandOf,
  type CrossSlotHandling,
  crossSlotHandling,
  keyPositions,
  writtenKeyPositions,
} from '@cacheferry/commands';
import type { MigrationRules } from '../rules/migration-rules.ts';
import type { Words } from './absolute-expiry.ts';

/** What becomes of a command under the rules. */
export type Scoped =
  /** It goes as it is. */
  | 'same'
  /** Keys in scope may depend on others: which ones they are cannot be told. */
  | 'partial'
  /** These keys of the target depend on others that are not in scope: they are to be taken from the source anew. */
  | { remade: TargetKey[] }
  /** The rules cannot be kept any more. */
  | 'blocked'
  /** These take its place; none when nothing of it is in scope. */
  | Words[];

/** A key by its database and name on the target. */
export type TargetKey = { db: number; key: Buffer };

type Argv = readonly Buffer[];

/**
 * A command with any number of keys, as what of it is in scope, under the names of the target.
 *
 * Spec of the forms: commands.json (key positions) and how commands are split that span slots.
 */
export function scopeCommand(argv: Argv, db: number, rules: MigrationRules): Scoped {
  const command = commandOf(argv);
  const handling = crossSlotHandling(argv, command);
  const special = acrossDatabases[command?.name ?? ''];
  if (special) return special(argv, db, rules);
  if (!rules.takesDb(db)) return [];
  // Keys of a command that is unknown here are taken to be at home where it was run.
  if (!rules.hasKeys || (!command && !rules.hasNames)) return 'same';
  const positions = keyPositions(argv, command);
  if (positions.length === 0) return command && handling !== 'script' ? 'same' : 'partial';
  return scopeKeys({ argv, db, positions, rules, command, handling });
}

type Found = {
  argv: Argv;
  db: number;
  positions: readonly number[];
  rules: MigrationRules;
  command: CommandSpec | undefined;
  handling: CrossSlotHandling;
};

function scopeKeys(found: Found): Scoped {
  const { argv, db, positions, rules, command, handling } = found;
  const taken = new Set(positions.filter((at) => takes(rules, argv[at])));
  if (taken.size === 0) return [];
  const isRead = command?.name === 'sort' && readsOtherKeys(argv);
  if (taken.size === positions.length && !isRead) return whole(argv, taken, rules);
  const apart = isRead || handling === 'destination' ? null : parts[command?.name ?? ''];
  const part = apart?.({ argv, positions, taken, rules });
  if (part) return part;
  const remade = writtenKeyPositions(argv, command).filter((at) => taken.has(at));
  return remade.length === 0 ? [] : { remade: remade.map((at) => targetKey(rules, db, argv[at])) };
}

function targetKey(rules: MigrationRules, db: number, key: Buffer | undefined): TargetKey {
  return { db: rules.mapDb(db), key: rules.nameOf(key as Buffer) };
}

function whole(argv: Argv, keys: ReadonlySet<number>, rules: MigrationRules): Scoped {
  return rules.renames.isAny ? [argv.map((arg, at) => (keys.has(at) ? rules.nameOf(arg) : arg))] : 'same';
}

type Parts = { argv: Argv; positions: readonly number[]; taken: ReadonlySet<number>; rules: MigrationRules };

const nameAt = ({ argv, rules }: Parts, at: number): Buffer => rules.nameOf(argv[at] as Buffer);
const pairs = (of: Parts): Buffer[] => [...of.taken].flatMap((at) => [nameAt(of, at), of.argv[at + 1] as Buffer]);
const without = (of: Parts): Scoped => [[of.argv[0] as Buffer, ...[...of.taken].map((at) => nameAt(of, at))]];
const removeFirst = (of: Parts): Scoped | null => (of.taken.has(1) ? [['DEL', nameAt(of, 1)]] : null);

/** What is done when some of the keys are in scope; null, and for all others: the command cannot be taken apart. */
const parts: Readonly<Record<string, (of: Parts) => Scoped | null>> = {
  del: without,
  unlink: without,
  touch: without,
  mset: (of) => [['MSET', ...pairs(of)]],
  // A replicated MSETNX has happened: its condition is met.
  msetnx: (of) => [['MSET', ...pairs(of)]],
  msetex: (of) => [
    ['MSETEX', String(of.taken.size), ...pairs(of), ...of.argv.slice((of.positions.at(-1) as number) + 2)],
  ],
  smove: (of) => {
    const member = of.argv[3] as Buffer;
    return of.taken.has(1) ? [['SREM', nameAt(of, 1), member]] : [['SADD', nameAt(of, 2), member]];
  },
  lmove: (of) => (of.taken.has(1) ? [[wordAt(of.argv, 3) === 'left' ? 'LPOP' : 'RPOP', nameAt(of, 1)]] : null),
  rpoplpush: (of) => (of.taken.has(1) ? [['RPOP', nameAt(of, 1)]] : null),
  rename: removeFirst,
  renamenx: removeFirst,
};

/** They are about databases beside the current one. */
const acrossDatabases: Readonly<Record<string, (argv: Argv, db: number, rules: MigrationRules) => Scoped>> = {
  swapdb: (argv, _, rules) => scopeSwap(argv, rules),
  move: scopeMove,
  copy: scopeCopy,
};

function scopeMove(argv: Argv, db: number, rules: MigrationRules): Scoped {
  if (!takes(rules, argv[1])) return [];
  const key = rules.nameOf(argv[1] as Buffer);
  const toDb = Number(argv[2]);
  if (!rules.takesDb(db)) return rules.takesDb(toDb) ? { remade: [targetKey(rules, toDb, argv[1])] } : [];
  if (!rules.takesDb(toDb)) return [['DEL', key]];
  return rules.mapDb(db) === rules.mapDb(toDb) ? [] : [['MOVE', key, String(rules.mapDb(toDb))]];
}

function scopeCopy(argv: Argv, db: number, rules: MigrationRules): Scoped {
  const at = databaseOption(argv);
  const toDb = at < 0 ? db : Number(argv[at]);
  const isFrom = rules.takesDb(db) && takes(rules, argv[1]);
  const isTo = rules.takesDb(toDb) && takes(rules, argv[2]);
  if (!isFrom || !isTo) return isTo ? { remade: [targetKey(rules, toDb, argv[2])] } : [];
  const [from, to] = [argv[1], argv[2]].map((one) => rules.nameOf(one as Buffer)) as [Buffer, Buffer];
  if (rules.mapDb(db) === rules.mapDb(toDb) && from.equals(to)) return [];
  const rest = argv.slice(3).map((arg, n) => (n + 3 === at ? String(rules.mapDb(toDb)) : arg));
  return [['COPY', from, to, ...rest]];
}

/** Both databases as they are on the target, where nothing else is in them. */
function scopeSwap(argv: Argv, rules: MigrationRules): Scoped {
  const [a, b] = [Number(argv[1]), Number(argv[2])];
  if (!rules.takesDb(a) && !rules.takesDb(b)) return [];
  if (rules.isOfOneServer) return 'blocked';
  if (!rules.takesDb(a) || !rules.takesDb(b) || !rules.isAlone(a) || !rules.isAlone(b)) return 'blocked';
  return [['SWAPDB', String(rules.mapDb(a)), String(rules.mapDb(b))]];
}

const takes = (rules: MigrationRules, key: Buffer | undefined): boolean =>
  key !== undefined && rules.takesKey(key, 0, key.length);
const wordAt = (argv: Argv, at: number): string =>
  (argv[at] as Buffer).subarray(0, 16).toString('latin1').toLowerCase();

/** Where COPY's DB stands; −1 without one. */
function databaseOption(argv: Argv): number {
  for (let at = 3; at + 1 < argv.length; at++) if (wordAt(argv, at) === 'db') return at + 1;
  return -1;
}

/** SORT … BY pattern, GET pattern: keys that no rule finds; without a * they name none. */
function readsOtherKeys(argv: Argv): boolean {
  for (let at = 2; at + 1 < argv.length; at++)
    if (['by', 'get'].includes(wordAt(argv, at)) && (argv[at + 1] as Buffer).includes(0x2a)) return true;
  return false;
}
