import { type RuleType, ruleTypes } from '@cacheferry/contract';
import type { Clock } from '@cacheferry/kernel';
import { EntrySlot, type RdbEntry, type RdbMagic, valueTypeOf } from '@cacheferry/rdb';
import type { MigrationRules } from '../rules/migration-rules.ts';
import { stringBytes } from '../rules/value-size.ts';
import { isBookkeeping } from '../write/bookkeeping.ts';

/** Called for a key of an RDB, with its place there. */
export type OnStray = (at: number, key: Buffer) => void;

/** An entry under another database, name or expiry; used again for each. */
class RuledEntry extends EntrySlot {
  take(entry: RdbEntry): void {
    this.db = entry.db;
    this.type = entry.type;
    this.expireAtMs = entry.expireAtMs;
    this.idleSeconds = entry.idleSeconds;
    this.freq = entry.freq;
    this.keyBuffer = entry.keyBuffer;
    this.keyStart = entry.keyStart;
    this.keyEnd = entry.keyEnd;
    this.buffer = entry.buffer;
    this.valueStart = entry.valueStart;
    this.valueEnd = entry.valueEnd;
    this.offset = entry.offset;
    this.metaClasses = entry.metaClasses;
  }
}

/** Applies the rules of a migration to the entries of an RDB. Hot path: no object per entry but a new name. */
export class RuledEntries {
  readonly #rules: MigrationRules;
  readonly #clock: Clock;
  readonly #ruled = new RuledEntry();
  readonly #facts = { type: null as RuleType | null, bytes: 0, expireAtMs: -1 };
  readonly #changes: boolean;
  readonly #onStray: OnStray | undefined;
  /** Whether functions and scripts that travel with the data are copied. */
  readonly takesCode: boolean;
  #types: readonly (RuleType | null)[] = [];
  /** Source database that was looked at last, and what was found. */
  #db = -1;
  #takesDb = false;
  #toDb = 0;

  /** `onStray` is told of keys that lie on a server that is not theirs. */
  constructor(rules: MigrationRules, clock: Clock, onStray?: OnStray) {
    this.#rules = rules;
    this.#onStray = onStray;
    this.#clock = clock;
    this.takesCode = rules.takesCommand('function', 'scripting');
    this.#changes = rules.hasDatabases || rules.renames.isAny || rules.changesExpiry;
  }

  header(magic: RdbMagic): void {
    this.#types = Array.from({ length: 256 }, (_, type) => {
      const name = valueTypeOf(type, magic);
      return ruleTypes.find((known) => known === name) ?? null;
    });
  }

  /** The database that one of the source becomes; −1 when nothing of it is copied. */
  databaseOf(db: number): number {
    this.#select(db);
    return this.#takesDb ? this.#toDb : -1;
  }

  /** The entry as it is to be written; `null` when it is not in scope. It holds until the next one. */
  take(entry: RdbEntry): RdbEntry | null {
    if (entry.db !== this.#db) this.#select(entry.db);
    const rules = this.#rules;
    const { keyBuffer, keyStart, keyEnd } = entry;
    if (!this.#takesDb || isBookkeeping(keyBuffer, keyStart, keyEnd)) return null;
    if (!rules.takesKey(keyBuffer, keyStart, keyEnd)) {
      if (this.#onStray && rules.isStray(keyBuffer, keyStart, keyEnd)) this.#onStray(entry.offset, entry.key);
      return null;
    }
    if (rules.hasValues && !this.#takesValue(entry)) return null;
    return this.#changes ? this.#change(entry) : entry;
  }

  #select(db: number): void {
    this.#db = db;
    this.#takesDb = this.#rules.takesDb(db);
    this.#toDb = this.#rules.mapDb(db);
  }

  #takesValue({ type, buffer, valueStart, valueEnd, expireAtMs }: RdbEntry): boolean {
    const facts = this.#facts;
    facts.type = this.#types[type] ?? null;
    facts.bytes = facts.type === 'string' ? stringBytes(buffer, valueStart, valueEnd) : valueEnd - valueStart;
    facts.expireAtMs = expireAtMs;
    return this.#rules.takesValue(facts, this.#clock.now());
  }

  #change(entry: RdbEntry): RdbEntry {
    const ruled = this.#ruled;
    ruled.take(entry);
    ruled.db = this.#toDb;
    const { keyBuffer, keyStart, keyEnd } = entry;
    const renamed = this.#rules.renames.rename(keyBuffer, keyStart, keyEnd);
    if (renamed !== null) {
      ruled.keyBuffer = renamed;
      ruled.keyStart = 0;
      ruled.keyEnd = renamed.length;
    }
    if (entry.expireAtMs >= 0 && this.#rules.changesExpiry)
      ruled.expireAtMs = this.#rules.expiry(entry.expireAtMs, this.#clock.now());
    return ruled;
  }
}
