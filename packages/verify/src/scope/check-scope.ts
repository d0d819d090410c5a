import { KeyBatch } from '@cacheferry/resp';
import type { MigrationRules } from '@cacheferry/engine';
import type { Slot } from '../slot.ts';
import type { Side } from '../side.ts';
import type { KeyTest } from '../walk-keys.ts';
import { takenByValue } from './value-scope.ts';

/** A database of one side, and what it is on the other; several on the source may become one. */
export type DatabaseOfTarget = { target: number; sources: readonly number[] };

/** What of both sides is compared under the rules of a migration. */
export class CheckScope {
  readonly rules: MigrationRules;
  readonly #source: Side;
  readonly #now: () => number;

  constructor(rules: MigrationRules, source: Side, now: () => number) {
    this.rules = rules;
    this.#source = source;
    this.#now = now;
  }

  /** Of these databases of the source, those that are copied. */
  ofSource(databases: Iterable<number>): number[] {
    return [...databases].filter((db) => this.rules.takesDb(db)).sort((a, b) => a - b);
  }

  /** Of these databases of the target, those that come from the source, with where from; `used`: what the source has. */
  ofTarget(databases: Iterable<number>, used: ReadonlySet<number>): DatabaseOfTarget[] {
    return [...databases]
      .sort((a, b) => a - b)
      .map((target) => {
        const sources = [...used].filter((db) => this.rules.mapDb(db) === target).sort((a, b) => a - b);
        return { target, sources: sources.length > 0 ? sources : this.rules.dbOrigins(target).slice(0, 1) };
      })
      .filter(({ sources }) => sources.length > 0);
  }

  /** Whether a key of the source is compared, as far as its name tells. */
  onSource(isWanted: KeyTest): KeyTest {
    return (bytes, start, end) => this.rules.takesKey(bytes, start, end) && isWanted(bytes, start, end);
  }

  /** Whether a key of the target may come from one of the source that is compared. */
  onTarget(isWanted: KeyTest): KeyTest {
    return (bytes, start, end) =>
      this.rules.keyOrigins(bytes.subarray(start, end)).some((key) => isWanted(key, 0, key.length));
  }

  /** Leaves in a slot what is in scope by its value, and names it as the target does. */
  async prepare(slot: Slot, db: number): Promise<void> {
    const { rules } = this;
    if (rules.hasValues) await this.#narrow(slot, db);
    if (!rules.renames.isAny) return;
    slot.targetKeys = new KeyBatch();
    for (let i = 0; i < slot.keys.count; i++) slot.targetKeys.addKey(rules.nameOf(slot.keys.key(i)));
  }

  async #narrow(slot: Slot, db: number): Promise<void> {
    const keys = Array.from({ length: slot.keys.count }, (_, i) => slot.keys.key(i));
    const taken = await takenByValue(this.rules, { source: this.#source, db, nowMs: this.#now }, keys);
    if (taken.length === keys.length) return;
    slot.keys.clear();
    for (const place of taken) slot.keys.addKey(keys[place] as Buffer);
  }
}
