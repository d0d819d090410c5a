import { FerryError } from '@cacheferry/kernel';
import { keySlot } from '@cacheferry/topology';
import type { Dispute } from '../coord/slot-authority.ts';
import { fetchSlotKeys } from '../snapshot-keys/fetch-slot-keys.ts';
import { type KeyId, keyId, keyOf } from '../snapshot-keys/key-id.ts';
import type { StageContext } from './build-stages.ts';
import { findSlotKeys, type SlotContents } from './find-slot-keys.ts';
import type { IncrementalSync } from './incremental-sync.ts';
import type { ShardSlots } from './ship-deps.ts';

const everyMs = 300;
/** So many are settled at once: the names of their keys are held in memory. */
const slotsAtOnce = 256;

type Found = { disputes: Dispute[]; keys: readonly KeyId[] };

/**
 * Settles slots that moved to a shard of a clustered source: once they rest, all keys that the source or the target has
 * of them come into doubt, so that each is written as the source has it at a known place of the shard's stream.
 */
export class SlotSettle {
  readonly #context: StageContext;
  readonly #slots: ShardSlots;
  readonly #db: number;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #search: Promise<void> | null = null;
  /** What the target has of slots about which nothing is under way, and nothing is sent. */
  #found: Found | null = null;

  constructor(context: StageContext, slots: ShardSlots) {
    this.#context = context;
    this.#slots = slots;
    this.#db = context.deps.rules?.mapDb(0) ?? 0;
  }

  get isDue(): boolean {
    return this.#slots.isDue();
  }

  /** Goes a step on, between two commands of the stream. */
  async step(stream: IncrementalSync): Promise<void> {
    const { deps, repair, committer } = this.#context;
    if (!this.isDue || this.#search || deps.clock.monotonic() - this.#lastAtMs < everyMs) return;
    this.#lastAtMs = deps.clock.monotonic();
    if (this.#slots.isMending() && repair.doubts.size === 0)
      this.#slots.settled({ replicationId: committer.planned.now.replicationId, offset: stream.boundary });
    if (!this.#found) return this.#look();
    await stream.flush();
    await committer.lane.drain();
    await this.#settle(this.#found, stream.boundary);
  }

  /** Waits for what is going on beside. */
  async close(): Promise<void> {
    await this.#search;
  }

  /** Looks through the target beside the stream: a large one takes its time. */
  #look(): void {
    const disputes = this.#slots.still().slice(0, slotsAtOnce);
    const [first] = disputes;
    if (!first) return;
    // Whose keys those of the target are could not be told.
    if (this.#context.session.claim.origin !== 'empty' || !this.#slots.maySettle())
      throw new FerryError('source.slots_moved', { slot: first.slot });
    this.#search = this.#keysOf(disputes)
      .then(({ slots, keys }) => {
        const told = disputes.filter(({ slot }) => slots.has(slot));
        if (told.length > 0) this.#found = { disputes: told, keys };
      })
      // The next step looks again.
      .catch(() => {})
      .finally(() => {
        this.#search = null;
      });
  }

  async #keysOf(disputes: readonly Dispute[]): Promise<SlotContents> {
    const { deps, signal } = this.#context;
    const connection = await deps.openTarget(signal);
    try {
      const slots = disputes.map(({ slot }) => slot);
      return await findSlotKeys(connection, slots, { db: this.#db, signal });
    } finally {
      await connection.close();
    }
  }

  async #settle({ disputes: found, keys: had }: Found, shipped: number): Promise<void> {
    this.#found = null;
    const { repair, signal, deps } = this.#context;
    const taken = await repair.witness.ask(async (connection) => {
      const { disputes, cuts } = await this.#slots.resting(found, signal);
      const slots = disputes.map(({ slot }) => slot);
      return { disputes, cuts, ...(await fetchSlotKeys(connection, slots)) };
    });
    const { gate } = this.#slots;
    if (!taken || taken.offset < shipped || !gate.knows(taken.replicationId)) return;
    const { replicationId, offset } = taken;
    const cuts = new Map([...taken.cuts, [gate.shard, { replicationId, offset }]]);
    const settled = taken.disputes.filter((dispute) => this.#slots.settle(dispute, cuts));
    const slots = new Set(settled.map(({ slot }) => slot));
    const isWanted = (key: Buffer) => deps.rules?.takesKey(key, 0, key.length) !== false;
    const keys = [...taken.keys.filter(isWanted).map((key) => keyId(this.#db, key)), ...had]
      .map((id) => ({ id, slot: keySlot(keyOf(id).key) }))
      .filter(({ slot }) => slots.has(slot))
      .sort((a, b) => a.slot - b.slot);
    repair.doubts.place = shipped;
    for (const { id } of keys) repair.doubts.mark(id);
    repair.tell(shipped);
    if (slots.size > 0)
      deps.log.info('Slots have moved here: their keys are read anew', {
        slots: [...slots].join(','),
        keys: repair.doubts.size,
      });
  }
}
