import { KeyBatch, RawReplies } from '@cacheferry/resp';

/** A value whose payload is bigger is not held with others: it is looked at alone. */
export const mostLeafBytes = 1_048_576;

/** The memory of one batch in flight: its keys, and what both sides answered. */
export class Slot {
  readonly keys = new KeyBatch();
  /** The same keys as the target calls them. */
  targetKeys: KeyBatch = this.keys;
  readonly source = new RawReplies(mostLeafBytes);
  readonly target = new RawReplies(mostLeafBytes);
  readonly sourceTimes = new RawReplies(mostLeafBytes);
  readonly targetTimes = new RawReplies(mostLeafBytes);
}

/** A few slots; whoever wants one waits for the first that is free. */
export class SlotPool {
  readonly #free: Slot[];
  readonly #busy = new Set<Promise<void>>();
  #failure: { error: unknown } | null = null;

  constructor(slots: number) {
    this.#free = Array.from({ length: slots }, () => new Slot());
  }

  /** An empty slot. Throws what went wrong in an earlier one. */
  async take(): Promise<Slot> {
    while (this.#free.length === 0) await Promise.race(this.#busy);
    this.#check();
    const slot = this.#free.pop() as Slot;
    slot.keys.clear();
    slot.targetKeys = slot.keys;
    return slot;
  }

  /** Has work done in a slot, which is free again afterwards. */
  run(slot: Slot, work: Promise<void>): void {
    const task: Promise<void> = work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .then(() => {
        this.#busy.delete(task);
        this.#free.push(slot);
      });
    this.#busy.add(task);
  }

  /** Resolves when nothing is under way. Throws what went wrong. */
  async drain(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
    this.#check();
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
