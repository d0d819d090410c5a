import type { EngineEvent } from '@cacheferry/contract';
import type { Clock } from '@cacheferry/kernel';

const mostEvents = 500;
const waitMs = 250;

/** Gathers events into batches for the database: up to 500, or what came within 250 ms. Order is kept. */
export class EventIntake {
  readonly #store: (events: EngineEvent[]) => Promise<void>;
  readonly #clock: Clock;
  #pending: EngineEvent[] = [];
  #work: Promise<void> = Promise.resolve();
  #isTimed = false;
  #failure: unknown = null;

  constructor(store: (events: EngineEvent[]) => Promise<void>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Resolves when there is room for more. Rejects when storing has failed: nothing after that is taken. */
  async add(events: EngineEvent[]): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    this.#pending.push(...events);
    if (this.#pending.length >= mostEvents || events.some(({ type }) => type !== 'progress' && type !== 'log'))
      return this.flush();
    if (this.#isTimed) return;
    this.#isTimed = true;
    const flush = () => {
      this.#isTimed = false;
      // A failure is kept, and told at the next `add` or `flush`.
      this.flush().catch(() => {});
    };
    this.#clock.sleep(waitMs).then(flush, flush);
  }

  /** Stores everything that is there. Rejects with the first failure. */
  flush(): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (this.#failure !== null) throw this.#failure;
      while (this.#pending.length > 0) {
        const batch = this.#pending.slice(0, mostEvents);
        await this.#store(batch);
        this.#pending = this.#pending.slice(batch.length);
      }
    });
    this.#work.catch((error: unknown) => {
      this.#failure ??= error;
    });
    return this.#work;
  }
}
