import { type Bound, isWithin, type Rule, type RuleType } from '@cacheferry/contract';
import { type KeyMatch, matchKeys } from './key-matcher.ts';

/**
 * What is known of a value: its type, the bytes of a string or of any other as RDBs hold it (null: not known, which no
 * rule about sizes decides by), its expiry (−1: none).
 */
export type ValueFacts = { type: RuleType | null; bytes: number | null; expireAtMs: number };

/** The rules of one direction, by what they look at. `null`: no rule looks at that. */
export class RuleSet {
  readonly names: KeyMatch | null;
  readonly types: ReadonlySet<RuleType> | null;
  readonly databases: ReadonlySet<number> | null;
  readonly #commands: ReadonlySet<string> | null;
  readonly #ttls: readonly (Bound | null)[] | null;
  readonly #sizes: readonly Bound[] | null;

  constructor(rules: readonly Rule[]) {
    this.names = matchKeys(rules);
    this.types = setOf(rules.flatMap((rule) => (rule.kind === 'type' ? rule.types : [])));
    this.databases = setOf(rules.flatMap((rule) => (rule.kind === 'db' ? rule.databases : [])));
    this.#commands = setOf(rules.flatMap((rule) => (rule.kind === 'command' ? rule.names : [])));
    this.#ttls = listOf(rules.flatMap((rule) => (rule.kind === 'ttl' ? [rule.bound] : [])));
    this.#sizes = listOf(rules.flatMap((rule) => (rule.kind === 'size' ? [rule.bound] : [])));
  }

  get looksAtCommands(): boolean {
    return this.#commands !== null;
  }

  get looksAtTtl(): boolean {
    return this.#ttls !== null;
  }

  get looksAtSize(): boolean {
    return this.#sizes !== null;
  }

  /** `undefined` when no rule looks at commands. Both are in lower case. */
  command(name: string, group: string): boolean | undefined {
    return this.#commands === null ? undefined : this.#commands.has(name) || this.#commands.has(`@${group}`);
  }

  type({ type }: ValueFacts): boolean | undefined {
    return this.types === null ? undefined : type !== null && this.types.has(type);
  }

  size({ bytes }: ValueFacts): boolean | undefined {
    return bytes === null ? undefined : this.#sizes?.some((bound) => isWithin(bound, bytes));
  }

  ttl({ expireAtMs }: ValueFacts, nowMs: number): boolean | undefined {
    return this.#ttls?.some((bound) =>
      bound === null ? expireAtMs < 0 : expireAtMs >= 0 && isWithin(bound, Math.max(0, expireAtMs - nowMs)),
    );
  }

  /** Of a key with an expiry: whether it matches at this moment or may have before, when it had longer to live. */
  ttlOnce(leftMs: number): boolean | undefined {
    return this.#ttls?.some((bound) => bound !== null && (isLower(bound) || isWithin(bound, leftMs)));
  }

  /** The same: whether it matches now and surely did before. */
  ttlAlways(leftMs: number): boolean | undefined {
    return this.#ttls?.some((bound) => bound !== null && isLower(bound) && isWithin(bound, leftMs));
  }
}

/** Whether a bound holds for all that is longer than something for which it holds. */
const isLower = ({ than }: Bound): boolean => than === '>' || than === '>=';

const setOf = <T>(items: readonly T[]): ReadonlySet<T> | null => (items.length === 0 ? null : new Set(items));
const listOf = <T>(items: readonly T[]): readonly T[] | null => (items.length === 0 ? null : items);
