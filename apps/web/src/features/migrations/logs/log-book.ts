import type { LogPage, StoredEvent } from '@cacheferry/contract';

export const pageSize = 500;
/** Rows kept at a time; older ones are read again when they are looked at. */
const maxPages = 260;

export type FetchLogs = (query: { after: number; limit: number }) => Promise<LogPage>;

/**
 * All lines of a log by their id, which rises by one without a gap.
 *
 * Only looked-at pages are in memory, so a log of millions of lines can be scrolled. What the stream brings is taken
 * once and in order: a repeat is dropped, and a gap is read before anything newer becomes visible.
 */
export class LogBook {
  readonly #fetch: FetchLogs;
  readonly #onChange: () => void;
  readonly #pages = new Map<number, (StoredEvent | undefined)[]>();
  readonly #asked = new Set<number>();
  /** Came from the stream beyond a gap. */
  readonly #ahead = new Map<number, StoredEvent>();
  #isFilling = false;
  #firstId = 1;
  #lastId = 0;

  constructor(fetch: FetchLogs, onChange: () => void) {
    this.#fetch = fetch;
    this.#onChange = onChange;
  }

  get firstId(): number {
    return this.#firstId;
  }
  get lastId(): number {
    return this.#lastId;
  }
  get count(): number {
    return Math.max(0, this.#lastId - this.#firstId + 1);
  }

  /** Learns where the log begins and ends. Throws what the request throws. */
  async open(): Promise<void> {
    const first = await this.#fetch({ after: 0, limit: 1 });
    this.#firstId = first.items[0]?.id ?? 1;
    this.#lastId = Math.max(this.#lastId, first.lastId);
    this.#onChange();
  }

  /** The line with this id, if it is in memory. */
  at(id: number): StoredEvent | undefined {
    return this.#pages.get(pageOf(id))?.[slotOf(id)];
  }

  /** Reads the pages of a range of ids that are not in memory; a failed page is asked again by the next call. */
  async need(fromId: number, toId: number): Promise<void> {
    const from = pageOf(Math.max(this.#firstId, fromId));
    const to = pageOf(Math.min(this.#lastId, toId));
    const missing: Promise<void>[] = [];
    for (let page = from; page <= to; page++) if (!this.#isWhole(page)) missing.push(this.#load(page));
    await Promise.all(missing);
  }

  /** Takes what came by the stream. */
  take(events: readonly StoredEvent[]): void {
    for (const event of events) if (event.id !== null && event.id > this.#lastId) this.#ahead.set(event.id, event);
    this.#drain();
    if (this.#ahead.size > 0) void this.#fill();
    this.#onChange();
  }

  /** Reads everything newer than the last line: for a browser that gets no stream. Returns how many lines came. */
  async catchUp(): Promise<number> {
    const before = this.#lastId;
    for (;;) {
      const page = await this.#fetch({ after: this.#lastId, limit: 1000 });
      this.take(page.items);
      if (page.items.length < 1000) return this.#lastId - before;
    }
  }

  #drain(): void {
    for (;;) {
      const next = this.#ahead.get(this.#lastId + 1);
      if (!next) return;
      this.#ahead.delete(this.#lastId + 1);
      this.#lastId++;
      if (this.#lastId === 1) this.#firstId = 1;
      this.#put(next);
    }
  }

  async #fill(): Promise<void> {
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      while (this.#ahead.size > 0) {
        const page = await this.#fetch({ after: this.#lastId, limit: 1000 });
        for (const event of page.items)
          if (event.id !== null && event.id > this.#lastId) this.#ahead.set(event.id, event);
        const before = this.#lastId;
        this.#drain();
        // Nothing between: the lines were deleted by retention while nobody looked.
        if (this.#lastId === before) this.#skipTo(Math.min(...this.#ahead.keys()));
      }
    } catch {
      // The next frame of the stream tries again; what came is still held.
    } finally {
      this.#isFilling = false;
      this.#onChange();
    }
  }

  #skipTo(id: number): void {
    if (!Number.isFinite(id)) return;
    this.#lastId = id - 1;
    this.#drain();
  }

  #isWhole(page: number): boolean {
    const rows = this.#pages.get(page);
    if (!rows) return false;
    const end = Math.min(pageSize, this.#lastId - page * pageSize);
    for (let slot = Math.max(0, this.#firstId - 1 - page * pageSize); slot < end; slot++) if (!rows[slot]) return false;
    return true;
  }

  async #load(page: number): Promise<void> {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    try {
      const { items } = await this.#fetch({ after: page * pageSize, limit: pageSize });
      for (const event of items) if (event.id !== null && pageOf(event.id) === page) this.#put(event);
      this.#touch(page);
      this.#onChange();
    } finally {
      this.#asked.delete(page);
    }
  }

  #put(event: StoredEvent): void {
    if (event.id === null) return;
    const page = pageOf(event.id);
    const rows = this.#pages.get(page) ?? [];
    rows[slotOf(event.id)] = event;
    if (!this.#pages.has(page)) this.#pages.set(page, rows);
    this.#evict();
  }

  /** Moves a page to the end of the order of eviction. */
  #touch(page: number): void {
    const rows = this.#pages.get(page);
    if (!rows) return;
    this.#pages.delete(page);
    this.#pages.set(page, rows);
  }

  #evict(): void {
    for (const page of this.#pages.keys()) {
      if (this.#pages.size <= maxPages) return;
      if (page !== pageOf(this.#lastId)) this.#pages.delete(page);
    }
  }
}

const pageOf = (id: number): number => Math.floor((id - 1) / pageSize);
const slotOf = (id: number): number => (id - 1) % pageSize;
