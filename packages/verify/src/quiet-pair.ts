import { databasesOf, infoOf, type Side } from './side.ts';
import type { Scanned } from './walk-keys.ts';

/** Tells whether both servers stood still, and whether their counts alone prove that the target has no further key. */
export class QuietPair {
  readonly #sides: readonly Side[];
  readonly #before: readonly string[];

  private constructor(sides: readonly Side[], before: readonly string[]) {
    this.#sides = sides;
    this.#before = before;
  }

  /** Notes how both servers stand. */
  static async begin(source: Side, target: Side): Promise<QuietPair> {
    return new QuietPair([source, target], await Promise.all([source, target].map(stateOf)));
  }

  /**
   * Every key of the source was looked at and, but for bookkeeping, is on the target: when the target has no more keys
   * than these, there is none that only it has.
   */
  async provesNoExtras({ keys, bookkeeping }: Scanned, databases: readonly number[]): Promise<boolean> {
    // A cluster has no counters of its own.
    if (this.#sides.some(({ layout }) => layout !== null)) return false;
    const after = await Promise.all(this.#sides.map(stateOf));
    if (after.some((state, index) => state !== this.#before[index])) return false;
    const counts = await Promise.all(this.#sides.map((side) => databasesOf(side.scan)));
    const [onSource, onTarget] = counts.map((count) =>
      databases.reduce((sum, db) => sum + (count.get(db)?.keys ?? 0), 0),
    );
    return onSource === keys && onTarget === keys - bookkeeping;
  }
}

/** Changes with every write: counters of changes and of keys that expired or were evicted. */
async function stateOf(side: Side): Promise<string> {
  const sections = await Promise.all(['persistence', 'stats', 'keyspace'].map((name) => infoOf(side.scan, name)));
  const info = sections.join('\n');
  const forms = ['rdb_changes_since_last_save', 'rdb_last_save_time', 'expired_keys', 'evicted_keys'];
  const counters = forms.map((name) => new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? '?');
  return [...counters, ...[...info.matchAll(/^db\d+:keys=\d+/gm)].map(String)].join(' ');
}
