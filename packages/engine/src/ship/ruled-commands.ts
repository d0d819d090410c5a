import { FerryError } from '@cacheferry/kernel';
import { type CommandScanner, encodeCommand } from '@cacheferry/resp';
import type { MigrationRules } from '../rules/migration-rules.ts';
import { ArgumentView } from './argument-view.ts';
import type { StreamPlace } from './command-stage-options.ts';
import { type CommandPlan, CommandPlans } from './command-plans.ts';
import { isBookkeeping } from '../write/bookkeeping.ts';
import { scopeCommand, type TargetKey } from './scope-command.ts';
import { touchedKeys } from './touched-keys.ts';

type Take = (buffer: Buffer, start: number, end: number, at: StreamPlace) => void;

/** What the rules leave out of the stream. */
export type RuleWatch = {
  /** A rule about commands leaves this one out. */
  onDropped: (command: string) => void;
  /** A command joins keys in scope with others; `isMended`: the keys that it made are taken from the source anew. */
  onPartial: (command: string, db: number, isMended: boolean) => void;
};

export type Ruling = RuleWatch & {
  rules: MigrationRules;
  /** Rules look at values: keys that change are read from the source, in place of the commands that changed them. */
  followsValues: boolean;
  nowMs: () => number;
  canAskSource: () => boolean;
};

export type RuledCommandsDeps = RuleWatch & {
  rules: MigrationRules;
  scanner: CommandScanner;
  /** Takes what is in scope; the scanner has walked it. */
  dispatch: Take;
  /** Has these keys taken from the source anew; false when it cannot be asked. */
  remake: (keys: readonly TargetKey[]) => boolean;
  /** Where rules look at values: notes keys that have changed, to be read from the source. Null: commands are followed. */
  note: ((key: TargetKey) => void) | null;
  /** Has the target's keys in scope removed, of one database of the source or of all (null), in their turn. */
  flush: (db: number | null) => void;
};

const lineEnd = Buffer.from('\r\n');

/**
 * Applies the rules of a migration to the commands of the stream, before anything else is done with them.
 *
 * Hot path: a command with one key that is in scope and keeps its name costs a look at its name and its key.
 */
export class RuledCommands {
  readonly #deps: RuledCommandsDeps;
  readonly #plans: CommandPlans;
  readonly #args: ArgumentView;
  #db = 0;
  #takesDb: boolean;

  constructor(deps: RuledCommandsDeps) {
    this.#deps = deps;
    this.#plans = new CommandPlans(deps.rules);
    this.#args = new ArgumentView(deps.scanner);
    this.#takesDb = deps.rules.takesDb(0);
  }

  /** The stream goes on in a database of the source; returns the target's, or −1 when nothing of it is copied. */
  select(db: number): number {
    this.#db = db;
    this.#takesDb = this.#deps.rules.takesDb(db);
    return this.#takesDb ? this.#deps.rules.mapDb(db) : -1;
  }

  /** Takes the command in `buffer[start, end)` that the scanner has just walked. */
  take(buffer: Buffer, start: number, end: number, at: StreamPlace): void {
    const { scanner } = this.#deps;
    const plan = this.#plans.planOf(buffer, scanner.startOf(0), scanner.endOf(0));
    const { note } = this.#deps;
    if (note && this.#isNoted(plan, buffer, note)) return;
    switch (plan.kind) {
      case 'pass':
        return this.#deps.dispatch(buffer, start, end, at);
      case 'one_key':
        if (this.#takesDb) this.#oneKey(plan, buffer, [start, end], at);
        return;
      case 'drop':
        return this.#deps.onDropped(plan.name);
      case 'flush':
        return this.#flush(plan, buffer, [start, end], at);
      default:
        return this.#keys(plan, buffer, [start, end], at);
    }
  }

  /** Notes the keys of a command that is not followed. False when it is to be taken all the same. */
  #isNoted({ kind, name }: CommandPlan, buffer: Buffer, note: (key: TargetKey) => void): boolean {
    // Keys are brought to what they are one by one: a transaction of the source has no meaning then.
    if (kind === 'pass') return name === 'MULTI' || name === 'EXEC';
    if (kind === 'drop' || kind === 'flush' || name === 'SWAPDB') return false;
    const { rules, onPartial } = this.#deps;
    const touched = touchedKeys(this.#args.open(buffer).from(0), this.#db);
    if (touched === null) {
      if (this.#takesDb) onPartial(name, this.#db, false);
      return true;
    }
    for (const { db, key } of touched.keys) {
      if (!rules.takesDb(db) || !rules.takesKey(key, 0, key.length) || isBookkeeping(key, 0, key.length)) continue;
      note({ db: rules.mapDb(db), key: rules.nameOf(key) });
      if (touched.isScript) onPartial(name, db, true);
    }
    return true;
  }

  #oneKey({ keyAt }: CommandPlan, buffer: Buffer, [start, end]: readonly [number, number], at: StreamPlace): void {
    const { scanner, rules, dispatch } = this.#deps;
    if (keyAt >= scanner.count) return dispatch(buffer, start, end, at);
    const [from, to] = [scanner.startOf(keyAt), scanner.endOf(keyAt)];
    if (!rules.takesKey(buffer, from, to)) return;
    const renamed = rules.renames.isAny ? rules.renames.rename(buffer, from, to) : null;
    if (renamed === null) return dispatch(buffer, start, end, at);
    const head = buffer.subarray(start, scanner.endOf(keyAt - 1) + lineEnd.length);
    this.#again(Buffer.concat([head, Buffer.from(`$${renamed.length}\r\n`), renamed, buffer.subarray(to, end)]), at);
  }

  #keys({ kind, name }: CommandPlan, buffer: Buffer, [start, end]: readonly [number, number], at: StreamPlace): void {
    const { rules, dispatch, onPartial } = this.#deps;
    const argv = this.#args.open(buffer).from(0);
    const scoped =
      kind === 'unknown' && rules.hasNames && this.#takesDb ? 'partial' : scopeCommand(argv, this.#db, rules);
    if (scoped === 'blocked') throw cannotFollow(name);
    if (scoped === 'partial') return onPartial(name, this.#db, false);
    if (scoped === 'same') return dispatch(buffer, start, end, at);
    if ('remade' in scoped) return onPartial(name, this.#db, this.#deps.remake(scoped.remade));
    for (const words of scoped) this.#again(encodeCommand(words), at);
  }

  /** Removes what the source removes, and nothing that is not in scope. */
  #flush({ name }: CommandPlan, buffer: Buffer, [start, end]: readonly [number, number], at: StreamPlace): void {
    const { rules, dispatch, flush } = this.#deps;
    const isAll = name === 'FLUSHALL';
    if (!isAll && !this.#takesDb) return;
    if (!isAll && !rules.isAlone(this.#db)) throw cannotFollow(name);
    if (!rules.hasKeys && !rules.hasValues && (!isAll || !rules.hasDatabases)) return dispatch(buffer, start, end, at);
    flush(isAll ? null : this.#db);
  }

  #again(command: Buffer, at: StreamPlace): void {
    this.#deps.scanner.next(command, 0);
    this.#deps.dispatch(command, 0, command.length, at);
  }
}

/** The error of a command that the rules have no answer to. */
export function cannotFollow(command: string): FerryError {
  return new FerryError('filter.cannot_follow', { command });
}
