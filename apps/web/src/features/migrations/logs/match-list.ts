import type { LogLevel, LogPage, StoredEvent } from '@cacheferry/contract';

export type MatchFilter = { level?: LogLevel | undefined; q?: string | undefined };
export type FetchMatches = (
  query: MatchFilter & { after?: number; before?: number; limit: number },
) => Promise<LogPage>;

const step = 500;
/** Matches kept at a time; a search that finds more is narrowed by its user. */
const maxKept = 50_000;

/** The lines that match a filter, found by the server: the newest first, older ones as far as is scrolled. */
export class MatchList {
  readonly #fetch: FetchMatches;
  readonly #filter: MatchFilter;
  readonly #onChange: () => void;
  #items: StoredEvent[] = [];
  #total = 0;
  #lastSeenId = 0;
  #hasOlder = true;
  #isBusy = false;

  constructor(fetch: FetchMatches, filter: MatchFilter, onChange: () => void) {
    this.#fetch = fetch;
    this.#filter = filter;
    this.#onChange = onChange;
  }

  get items(): readonly StoredEvent[] {
    return this.#items;
  }
  get total(): number {
    return this.#total;
  }
  get hasOlder(): boolean {
    return this.#hasOlder && this.#items.length < maxKept;
  }

  /** Reads the newest matches. */
  async open(lastId: number): Promise<void> {
    await this.#older(lastId + 1);
  }

  /** Reads matches before the oldest that is known. Returns how many came. */
  async older(): Promise<number> {
    const first = this.#items[0]?.id;
    return this.hasOlder && first ? await this.#older(first) : 0;
  }

  /** Reads matches among the lines that came since. */
  async newer(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let isMore = true; isMore; ) {
        const page = await this.#fetch({ ...this.#filter, after: this.#lastSeenId, limit: step });
        this.#items = [...this.#items, ...page.items].slice(-maxKept);
        this.#total = page.total;
        isMore = page.items.length === step;
        this.#lastSeenId = isMore ? (page.items.at(-1)?.id ?? page.lastId) : Math.max(this.#lastSeenId, page.lastId);
      }
    } finally {
      this.#isBusy = false;
      this.#onChange();
    }
  }

  async #older(before: number): Promise<number> {
    if (this.#isBusy) return 0;
    this.#isBusy = true;
    try {
      const page = await this.#fetch({ ...this.#filter, before, limit: step });
      const sorted = [...page.items].sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
      this.#items = [...sorted, ...this.#items];
      this.#total = page.total;
      this.#hasOlder = page.items.length === step;
      this.#lastSeenId = Math.max(this.#lastSeenId, this.#items.at(-1)?.id ?? 0, before - 1);
      return sorted.length;
    } finally {
      this.#isBusy = false;
      this.#onChange();
    }
  }
}
