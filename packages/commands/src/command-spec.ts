/** How a key of a command is used: read, read and written, overwritten without being read, removed. */
export type KeyAccess = 'RO' | 'RW' | 'OW' | 'RM';

/**
 * Where keys stand in the arguments, counted from the command's name (0).
 *
 * Shape: `at` is a position, or a keyword and the position from which it is looked for (negative: from the end,
 * backwards). `range` is last (relative to the first; negative: from the end), step, and n to take only the first 1/n.
 * `count` is where the number of keys stands, the first key and the step, all relative to `at`.
 * Spec: the key specifications of COMMAND.
 */
export type KeyRule = { access: KeyAccess; at: number | readonly [string, number] } & (
  | { range: readonly [number, number, number]; count?: never }
  | { count: readonly [number, number, number]; range?: never }
);

/** One command, or one subcommand (`xgroup|create`), as the newest server that knows it describes it. */
export type CommandSpec = {
  /** Lower case. */
  name: string;
  /** Number of arguments with the name; negative: at least so many. */
  arity: number;
  group: string;
  flags: readonly string[];
  keys: readonly KeyRule[];
  /** Whether its first argument names a subcommand. */
  isContainer: boolean;
  /** Whether it can change data; scripts and functions count as writing unless they are the read-only forms. */
  isWrite: boolean;
  /** Position of the key when every call has exactly one and always there; 0 otherwise. */
  keyAt: number;
};

/** The row of the table as it is stored. */
export type StoredCommand = {
  name: string;
  arity: number;
  group: string;
  flags: readonly string[];
  keys?: readonly KeyRule[];
  container?: boolean;
  since?: string;
};

const scripts = new Set(['eval', 'evalsha', 'fcall']);
/** Their keys can stand where no rule finds them. */
const irregular = new Set(['sort', 'migrate']);

/** A stored row with what is derived from it. */
export function toCommandSpec({ name, arity, group, flags, keys = [], container = false }: StoredCommand): CommandSpec {
  return {
    name,
    arity,
    group,
    flags,
    keys,
    isContainer: container,
    isWrite: flags.includes('write') || scripts.has(name),
    keyAt: irregular.has(name) ? 0 : onlyKey(keys),
  };
}

function onlyKey(keys: readonly KeyRule[]): number {
  const [rule] = keys;
  if (keys.length !== 1 || !rule?.range || typeof rule.at !== 'number') return 0;
  return rule.range[0] === 0 ? rule.at : 0;
}
