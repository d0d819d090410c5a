import { type Endpoint, type MigrationOptions, parseDatabaseRule, parseRule } from '@cacheferry/contract';
import { databaseMap } from './database-map.ts';
import type { KeyMatch } from './key-matcher.ts';
import { KeyRenames } from './key-renames.ts';
import { RuleSet, type ValueFacts } from './rule-set.ts';

/** The options that say what is copied, and as what. */
export type RuleOptions = Pick<
  MigrationOptions,
  'filter' | 'exclude' | 'dbMap' | 'keyPrefix' | 'ttlShiftMs' | 'ttlCapMs'
>;

/** Databases are looked through up to this number where all that become one are wanted. */
const highestDatabase = 4_096;
const ttlMarginMs = 5_000;

/**
 * What is copied, and under which database, name and expiry: compiled once, the same for full sync, stream and check.
 *
 * A key is in scope when it matches a rule of `filter` of each kind that is given there (no rule of a kind: all match),
 * and none of `exclude`. Rules look at databases and names of the source.
 */
export class MigrationRules {
  /** Whether keys decide, or change: by their names, or because only those of one server count. */
  readonly hasKeys: boolean;
  /** Whether names decide, or change. */
  readonly hasNames: boolean;
  /** Whether type, size or expiry of values decide. */
  readonly hasValues: boolean;
  /** Whether databases decide, or change. */
  readonly hasDatabases: boolean;
  readonly changesExpiry: boolean;
  readonly filter: RuleSet;
  readonly exclude: RuleSet;
  readonly renames: KeyRenames;
  readonly mapDb: (db: number) => number;
  readonly #options: RuleOptions;
  readonly #onlyDb: number | null;
  readonly #owns: KeyMatch | null;
  readonly #origins = new Map<number, number[]>();

  /** `owns`: which keys are at home on the server that is read, where it may hold others too. */
  constructor(options: RuleOptions, onlyDb: number | null, owns: KeyMatch | null = null) {
    this.#options = options;
    this.#onlyDb = onlyDb;
    this.#owns = owns;
    this.filter = new RuleSet(options.filter.map(parseRule));
    this.exclude = new RuleSet(options.exclude.map(parseRule));
    this.renames = new KeyRenames(options.keyPrefix);
    this.mapDb = databaseMap(options.dbMap);
    const both = [this.filter, this.exclude];
    this.hasNames = this.renames.isAny || both.some(({ names }) => names !== null);
    this.hasKeys = this.hasNames || owns !== null;
    this.hasValues = both.some(({ types, looksAtSize, looksAtTtl }) => types !== null || looksAtSize || looksAtTtl);
    this.hasDatabases = onlyDb !== null || options.dbMap.length > 0 || both.some(({ databases }) => databases !== null);
    this.changesExpiry = options.ttlShiftMs !== 0 || options.ttlCapMs > 0;
  }

  /** Whether databases become others. */
  get mapsDatabases(): boolean {
    return this.#options.dbMap.length > 0;
  }

  get isAny(): boolean {
    const looksAtCommands = this.filter.looksAtCommands || this.exclude.looksAtCommands;
    return this.hasKeys || this.hasValues || this.hasDatabases || this.changesExpiry || looksAtCommands;
  }

  get looksAtSize(): boolean {
    return this.filter.looksAtSize || this.exclude.looksAtSize;
  }

  /** So long after it was copied a key may be gone from the target before the source's own time; ∞: none ever is. */
  get earlyAfterMs(): number {
    const { ttlShiftMs, ttlCapMs } = this.#options;
    if (ttlShiftMs < 0) return 0;
    return ttlCapMs > 0 ? ttlCapMs : Number.POSITIVE_INFINITY;
  }

  get capsExpiry(): boolean {
    return this.#options.ttlCapMs > 0;
  }

  takesDb(db: number): boolean {
    if (this.#onlyDb !== null && db !== this.#onlyDb) return false;
    return this.filter.databases?.has(db) !== false && this.exclude.databases?.has(db) !== true;
  }

  takesKey(bytes: Uint8Array, start: number, end: number): boolean {
    const { names } = this.filter;
    if (names !== null && !names(bytes, start, end)) return false;
    const excluded = this.exclude.names;
    if (excluded !== null && excluded(bytes, start, end)) return false;
    return this.#owns === null || this.#owns(bytes, start, end);
  }

  /** Whether only keys count that are at home on one server. */
  get isOfOneServer(): boolean {
    return this.#owns !== null;
  }

  /** Whether a key lies on a server that is not its home. */
  isStray(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#owns !== null && !this.#owns(bytes, start, end);
  }

  /** The same rules for one server, of whose keys only those count that are at home there. */
  onServer(owns: KeyMatch): MigrationRules {
    return new MigrationRules(this.#options, this.#onlyDb, owns);
  }

  takesCommand(name: string, group: string): boolean {
    return this.filter.command(name, group) !== false && this.exclude.command(name, group) !== true;
  }

  takesType(type: ValueFacts['type']): boolean {
    const facts = { type, bytes: null, expireAtMs: -1 };
    return this.filter.type(facts) !== false && this.exclude.type(facts) !== true;
  }

  takesValue(facts: ValueFacts, nowMs: number): boolean {
    const { filter, exclude } = this;
    if (!this.takesType(facts.type)) return false;
    if (filter.size(facts) === false || exclude.size(facts) === true) return false;
    return filter.ttl(facts, nowMs) !== false && exclude.ttl(facts, nowMs) !== true;
  }

  /**
   * Whether a value that has not changed since was in scope when it was copied: of one with an expiry nobody knows how
   * long it had to live then, only that it was no less.
   */
  tookValue(facts: ValueFacts, nowMs: number): 'yes' | 'perhaps' | 'no' {
    const { filter, exclude } = this;
    if (facts.expireAtMs < 0) return this.takesValue(facts, nowMs) ? 'yes' : 'no';
    if (!this.takesType(facts.type) || filter.size(facts) === false || exclude.size(facts) === true) return 'no';
    // Clocks differ, and reading takes its time.
    const leftMs = Math.max(0, facts.expireAtMs - nowMs - ttlMarginMs);
    if (filter.ttlOnce(leftMs) === false || exclude.ttlAlways(leftMs) === true) return 'no';
    return filter.ttlAlways(leftMs) === false || exclude.ttlOnce(leftMs) === true ? 'perhaps' : 'yes';
  }

  /** The name of a key on the target. */
  nameOf(key: Buffer): Buffer {
    return this.renames.rename(key, 0, key.length) ?? key;
  }

  /** The expiry on the target, of one that the source has. */
  expiry(atMs: number, nowMs: number): number {
    const { ttlShiftMs, ttlCapMs } = this.#options;
    const shifted = Math.max(1, atMs + ttlShiftMs);
    return ttlCapMs > 0 ? Math.min(shifted, nowMs + ttlCapMs) : shifted;
  }

  /** Names in scope that become this one on the target. */
  keyOrigins(key: Buffer): Buffer[] {
    return this.renames.origins(key).filter((origin) => this.takesKey(origin, 0, origin.length));
  }

  /** Databases in scope that become this one on the target, as far as they are looked through. */
  dbOrigins(db: number): readonly number[] {
    const known = this.#origins.get(db);
    if (known) return known;
    const named = this.#options.dbMap.flatMap((rule) => parseDatabaseRule(rule).from ?? []);
    const beyond = [db, ...named].filter((from) => from >= highestDatabase);
    const candidates = new Set([...Array(highestDatabase).keys(), ...beyond]);
    const found = [...candidates].filter((from) => this.takesDb(from) && this.mapDb(from) === db);
    this.#origins.set(db, found);
    return found;
  }

  /** Whether nothing else becomes the database that this one becomes. */
  isAlone(db: number): boolean {
    return this.dbOrigins(this.mapDb(db)).every((from) => from === db);
  }
}

/**
 * The rules of a migration between two ends; `null` when everything is copied as it is.
 *
 * A database in the URL of the source (from 1 on) is a rule too, and one in that of the target is where it goes, unless
 * `dbMap` says otherwise.
 */
export function rulesOf(options: RuleOptions, source: Endpoint, target: Endpoint): MigrationRules | null {
  const [from, to] = [databaseOf(source), databaseOf(target)];
  const dbMap = options.dbMap.length > 0 || to === null ? options.dbMap : [`${from ?? '*'}:${to}`];
  const rules = new MigrationRules({ ...options, dbMap }, from);
  return rules.isAny ? rules : null;
}

/** The rules for one server of several, of whose keys only those count that are at home there; `rules`: those for all. */
export function rulesOnServer(rules: MigrationRules | null, options: RuleOptions, owns: KeyMatch): MigrationRules {
  return (rules ?? new MigrationRules(options, null)).onServer(owns);
}

const databaseOf = (endpoint: Endpoint): number | null =>
  endpoint.kind === 'standalone' && endpoint.db > 0 ? endpoint.db : null;
