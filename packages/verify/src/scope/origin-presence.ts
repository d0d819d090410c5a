import type { MigrationRules } from '@cacheferry/engine';
import type { Command } from '@cacheferry/resp';
import type { BatchComparer, NoteSuspect } from '../compare-batch.ts';
import type { Side } from '../side.ts';
import type { Slot } from '../slot.ts';
import { factsOfKeys } from './value-scope.ts';

/**
 * Looks whether keys of the target come from one of the source: under any name and in any database that the rules would
 * have brought there. Those that do not are suspects, by the first place they could have come from.
 */
export class OriginPresence implements BatchComparer {
  readonly batchKeys = 512;
  readonly #source: Side;
  readonly #rules: MigrationRules;
  readonly #databases: readonly number[];
  readonly #note: NoteSuspect;
  readonly #nowMs: () => number;

  constructor(
    source: Side,
    scope: { rules: MigrationRules; databases: readonly number[]; nowMs: () => number },
    note: NoteSuspect,
  ) {
    this.#source = source;
    this.#rules = scope.rules;
    this.#databases = scope.databases;
    this.#nowMs = scope.nowMs;
    this.#note = note;
  }

  async compare({ keys }: Slot): Promise<void> {
    const origins = Array.from({ length: keys.count }, (_, i) => this.#rules.keyOrigins(keys.key(i)));
    const names = Math.max(...origins.map(({ length }) => length));
    let open = origins;
    for (const db of this.#databases)
      for (let n = 0; n < names && open.length > 0; n++) open = await this.#without(open, { db, n });
    const db = this.#databases[0] ?? 0;
    for (const [key] of open) if (key) this.#note({ db, key, bytes: 0, fingerprint: '' });
  }

  /** Those that are not in that database under their name number `n`. */
  async #without(open: Buffer[][], { db, n }: { db: number; n: number }): Promise<Buffer[][]> {
    const asked = open.map((names) => names[n] ?? names[0]);
    if (this.#rules.hasValues) return this.#withoutTaken(open, asked as Buffer[], db);
    const commands: Command[] = [['SELECT', db], ...asked.map((key): Command => ['EXISTS', key as Buffer])];
    // One pipeline: other batches select their own databases on the same connection.
    const replies = await this.#source.read.pipeline(commands);
    return open.filter((_, i) => replies[i + 1] !== 1);
  }

  /** The same where rules look at values: a key that was not in scope is no origin. */
  async #withoutTaken(open: Buffer[][], asked: readonly Buffer[], db: number): Promise<Buffer[][]> {
    const facts = await factsOfKeys(this.#rules, { source: this.#source, db, nowMs: this.#nowMs }, asked);
    return open.filter((_, i) => {
      const found = facts[i] ?? null;
      return found === null || this.#rules.tookValue(found, this.#nowMs()) === 'no';
    });
  }
}
