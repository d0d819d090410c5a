import { type Clock, FerryError } from '@cacheferry/kernel';
import { openConnection } from '@cacheferry/resp';
import { type ClusterView, type Shard, slotCount, type Topology } from '@cacheferry/topology';
import { SlotGate, type SlotWait } from '../ship/slot-gate.ts';
import type { ShardSlots } from '../ship/ship-deps.ts';
import { SlotAuthority } from './slot-authority.ts';
import { SlotJournal } from './slot-journal.ts';
import type { ShardTally } from './tally.ts';

const lookMs = 1_000;
const waitMs = 10;
/** A departure that is not found so soon may not be in the stream at all: then the source is asked how far it is. */
const askAfterMs = 300;
const giveUpMs = 120_000;
/** Bytes of an RDB come before any offset of the stream. */
const rdbBase = -1e15;

type Offsets = ReadonlyMap<string, number>;
/** Where all shards were before and after a snapshot of one began. */
type Sync = { before: Offsets | null; after: Offsets | null; isNew: boolean };
type Pending = { offsets: Offsets; slots: { slot: number; shard: string; moves: number }[] };

/** Follows slots that move between the shards of a clustered source while it is copied. One for all shards. */
export class SlotWatch {
  readonly #source: Topology;
  readonly #clock: Clock;
  readonly #authority: SlotAuthority;
  readonly #first: readonly string[];
  readonly #syncs = new Map<string, Sync>();
  #pending: Pending | null = null;
  #looking: Promise<void> | null = null;
  readonly #timer: NodeJS.Timeout;

  constructor(source: Topology, view: ClusterView, deps: { clock: Clock; path: string }) {
    this.#source = source;
    this.#clock = deps.clock;
    this.#first = ownersIn(source, view);
    this.#authority = new SlotAuthority(this.#first, new SlotJournal(deps.path));
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look()
        // A look that fails is made again.
        .catch(() => {})
        .finally(() => {
          this.#looking = null;
        });
    }, lookMs);
  }

  /** What shipping one shard needs to know. */
  slotsOf(shard: string, tally: ShardTally): ShardSlots {
    const dispatched = new Float64Array(slotCount).fill(Number.NEGATIVE_INFINITY);
    const contained = () => tally.offset ?? rdbBase + tally.rdbBytesDone;
    this.#authority.join(shard, { dispatched, contained });
    const gate = new SlotGate(shard, this.#authority, dispatched);
    return {
      gate,
      rdbPosition: (at) => rdbBase + at,
      until: (wait, signal) => this.#until(gate, wait, signal),
      settle: async (signal) => {
        for (const slot of gate.takeArrived())
          await this.#until(gate, { slot, key: 0, isArrival: false, offset: 0 }, signal);
      },
    };
  }

  /** A slot that has another owner than when the run began; null when all stayed. Asks the source. */
  async moved(signal: AbortSignal): Promise<number | null> {
    const view = await this.#source.directory?.refresh(signal);
    if (!view) return null;
    const at = ownersIn(this.#source, view).findIndex((shard, slot) => shard !== '' && shard !== this.#first[slot]);
    return at < 0 ? null : at;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    this.#authority.close();
  }

  /** Notes where all shards are before a snapshot of one is taken. */
  async beforeFullSync(shard: string, signal: AbortSignal): Promise<void> {
    const before = await this.#offsets(signal).catch(() => null);
    this.#syncs.set(shard, { before, after: null, isNew: true });
  }

  /** A snapshot is being taken; whatever moved before it is known to have moved from here on. */
  onFullSync(shard: string): void {
    const known = this.#syncs.get(shard);
    const sync: Sync = { before: known?.isNew ? known.before : null, after: null, isNew: false };
    this.#syncs.set(shard, sync);
    const others = this.#source.shards.filter(({ id }) => id !== shard);
    const own = this.#source.shards.filter(({ id }) => id === shard);
    // The shard itself last: what it let go before the others were asked is behind its own offset then.
    const ask = async () => {
      const theirs = await this.#offsets(undefined, others);
      sync.after = new Map([...theirs, ...(await this.#offsets(undefined, own))]);
    };
    // Without it the streams themselves have to show what moved.
    ask().catch(() => {});
  }

  async #until(gate: SlotGate, wait: SlotWait, signal: AbortSignal): Promise<void> {
    const start = this.#clock.monotonic();
    let asked: Offsets | null = null;
    for (let pause = waitMs; !gate.isOver(wait); pause = Math.min(100, pause * 1.2)) {
      if (wait.isArrival && this.#hasNoDeparture(gate.shard, wait.offset, asked)) return;
      await this.#clock.sleep(pause, signal);
      const waitedMs = this.#clock.monotonic() - start;
      if (waitedMs > giveUpMs) throw new FerryError('source.slots_moved', { slot: wait.slot });
      if (wait.isArrival && waitedMs > askAfterMs) asked ??= await this.#offsets(signal).catch(() => null);
    }
  }

  /**
   * Whether no other shard has anything left to say about a key that arrived at that offset: its snapshot was taken
   * later, or the target contains it up to a time that surely lies behind.
   */
  #hasNoDeparture(shard: string, offset: number, asked: Offsets | null): boolean {
    const isBefore = (offsets: Offsets | null) => offset <= (offsets?.get(shard) ?? Number.NEGATIVE_INFINITY);
    return this.#authority.shards.every((other) => {
      if (other === shard) return true;
      const { before = null, after = null } = this.#syncs.get(other) ?? {};
      if (isBefore(before)) return true;
      const bound = isBefore(after) ? after?.get(other) : asked?.get(other);
      return bound !== undefined && this.#authority.contains(other, bound);
    });
  }

  /** How far each shard is at the source now. */
  async #offsets(signal?: AbortSignal, shards: readonly Shard[] = this.#source.shards): Promise<Offsets> {
    const pairs = await Promise.all(
      shards.map(async (shard) => {
        const address = await shard.locate(signal);
        const connection = await openConnection({ ...address, ...(signal ? { signal } : {}) });
        try {
          const info = String(await connection.call('INFO', 'replication'));
          return [shard.id, Number(/^master_repl_offset:(\d+)/m.exec(info)?.[1])] as const;
        } finally {
          await connection.close();
        }
      }),
    );
    return new Map(pairs);
  }

  /** Gives slots to their new owners once the target contains all that was said about them before. */
  async #look(): Promise<void> {
    const pending = this.#pending;
    if (pending && ![...pending.offsets].every(([id, offset]) => this.#authority.contains(id, offset))) return;
    for (const { slot, shard, moves } of pending?.slots ?? [])
      if (this.#authority.movesIn(slot) === moves) this.#authority.settleSlot(slot, shard);
    this.#pending = null;
    const view = await this.#source.directory?.view();
    if (!view) return;
    const slots = ownersIn(this.#source, view).flatMap((shard, slot) =>
      shard !== '' && shard !== this.#authority.ownerOf(slot)
        ? [{ slot, shard, moves: this.#authority.movesIn(slot) }]
        : [],
    );
    if (slots.length > 0) this.#pending = { slots, offsets: await this.#offsets() };
  }
}

/** The shard of each slot; empty where nobody has it. */
function ownersIn(source: Topology, view: ClusterView): string[] {
  return Array.from({ length: slotCount }, (_, slot) => {
    const owner = view.ownerOf(slot);
    return (owner && source.shardOf?.(owner.id)) ?? '';
  });
}
