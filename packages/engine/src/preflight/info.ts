/** What INFO says, by name. */
export class Info {
  readonly #fields: Map<string, string>;

  constructor(text: string) {
    const pairs = text.split(/\r?\n/).map((line) => /^([^#:]+):(.*)$/.exec(line));
    this.#fields = new Map(pairs.flatMap((pair) => (pair ? [[pair[1] ?? '', pair[2] ?? '']] : [])));
  }

  text(name: string): string | null {
    return this.#fields.get(name) ?? null;
  }

  number(name: string): number | null {
    const value = Number(this.#fields.get(name) || Number.NaN);
    return Number.isFinite(value) ? value : null;
  }

  /** Keys by database, and with them what else the server counts there (`expires`, `subexpiry` …). */
  databases(): Map<number, Record<string, number>> {
    const databases = new Map<number, Record<string, number>>();
    for (const [name, value] of this.#fields) {
      const index = /^db(\d+)$/.exec(name)?.[1];
      if (index === undefined) continue;
      const counts = value.split(',').map((part) => part.split('='));
      databases.set(Number(index), Object.fromEntries(counts.map(([count = '', n]) => [count, Number(n)])));
    }
    return databases;
  }

  /** How often each command was called, by its name in lower case; those with a subcommand count together. */
  calls(): Map<string, number> {
    const calls = new Map<string, number>();
    for (const [name, value] of this.#fields) {
      const command = /^cmdstat_([^|]+)/.exec(name)?.[1]?.toLowerCase();
      const count = Number(/^calls=(\d+)/.exec(value)?.[1] ?? 0);
      if (command !== undefined && count > 0) calls.set(command, (calls.get(command) ?? 0) + count);
    }
    return calls;
  }

  /** Keys of all databases. */
  get keys(): number {
    return [...this.databases().values()].reduce((sum, { keys = 0 }) => sum + keys, 0);
  }
}
