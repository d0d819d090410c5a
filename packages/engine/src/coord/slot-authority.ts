import { slotCount } from '@cacheferry/topology';
import type { SlotJournal } from './slot-journal.ts';

/** Where a shard stands: what it has handed to its lane of each slot, and what of all that the target contains. */
export type ShardStand = { dispatched: Float64Array; contained: () => number };

/** A key that a shard deleted, at that offset: by a client, or because it moved away. */
export type Departure = { slot: number; shard: string; offset: number };

/** Where a key lives; `hasArrived`: its old shard has let it go on the target already. */
type Holder = { shard: string; hasArrived: boolean };

const mostDepartures = 200_000;

/**
 * Who has which slot and key of a clustered source, as far as the streams have been read: one for all shards.
 *
 * Streams of different shards are read at different speeds, so this is not what the cluster says now. A key that arrived
 * on another shard than its slot's owner has a holder of its own until the slot has followed.
 */
export class SlotAuthority {
  readonly #journal: SlotJournal;
  readonly #owners: string[];
  readonly #holders = new Map<number, Map<number, Holder>>();
  readonly #departures = new Map<number, Departure>();
  readonly #departuresOf = new Uint32Array(slotCount);
  readonly #stands = new Map<string, ShardStand>();
  /** Rises with every key that moves, by slot. */
  readonly #moves = new Uint32Array(slotCount);

  /** `owners`: the shard of each slot when the run began; what the journal knows is newer. */
  constructor(owners: readonly string[], journal: SlotJournal) {
    this.#journal = journal;
    this.#owners = [...owners];
    for (const record of journal.load()) {
      if (record.kind === 'owner') this.#owners[record.slot] = record.shard;
      else if (record.kind === 'holder')
        this.#holdersIn(record.slot).set(record.key, { shard: record.shard, hasArrived: record.hasArrived });
      else if (record.kind === 'home') this.#holders.get(record.slot)?.delete(record.key);
      else this.#remember(record.key, record);
    }
    this.#compact();
  }

  join(shard: string, stand: ShardStand): void {
    this.#stands.set(shard, stand);
  }

  get shards(): string[] {
    return [...this.#stands.keys()];
  }

  ownerOf(slot: number): string {
    return this.#owners[slot] ?? '';
  }

  /** The shard on which a key lives. */
  holderOf(slot: number, key: number): string {
    return this.#holders.get(slot)?.get(key)?.shard ?? this.ownerOf(slot);
  }

  /** Whether commands of a shard for a slot need not be looked at further. */
  isQuiet(slot: number, shard: string): boolean {
    return this.#owners[slot] === shard && !this.#holders.has(slot) && this.#departuresOf[slot] === 0;
  }

  /** How often keys of the slot moved: tells whether anything did in between. */
  movesIn(slot: number): number {
    return this.#moves[slot] as number;
  }

  /** Whether the key came to another shard, and its old one has nothing older to say about it. */
  hasArrived(slot: number, key: number): boolean {
    return this.#holders.get(slot)?.get(key)?.hasArrived === true;
  }

  /** From now on the key lives on that shard. Noted on disk before anything is done about it. */
  settleKey(slot: number, key: number, shard: string, hasArrived = false): void {
    if (this.holderOf(slot, key) === shard) return;
    this.#moves[slot] = ((this.#moves[slot] as number) + 1) >>> 0;
    if (this.#owners[slot] === shard) this.#home(slot, key);
    else {
      this.#holdersIn(slot).set(key, { shard, hasArrived });
      this.#journal.add({ kind: 'holder', slot, key, shard, hasArrived });
    }
    this.#journal.flush();
  }

  /** The slot has followed its keys: all of them live on that shard. */
  settleSlot(slot: number, shard: string): void {
    this.#owners[slot] = shard;
    this.#journal.add({ kind: 'owner', slot, shard });
    const holders = this.#holders.get(slot);
    for (const [key, holder] of holders ?? []) if (holder.shard === shard) this.#home(slot, key);
    this.#journal.flush();
  }

  depart(key: number, departure: Departure): void {
    this.#remember(key, departure);
  }

  /** The key is written again where it was deleted. */
  revive(key: number, shard: string): void {
    const departure = this.#departures.get(key);
    if (departure?.shard === shard) this.#forget(key, departure);
  }

  /** Whether the target contains that another shard has let the key go. */
  hasLeft(key: number, other: string): boolean {
    const departure = this.#departures.get(key);
    if (!departure || departure.shard === other) return false;
    return (this.#stands.get(departure.shard)?.contained() ?? -1) >= departure.offset;
  }

  /** Whether the target contains all that other shards have sent for a slot. */
  isSettled(slot: number, shard: string): boolean {
    for (const [id, { dispatched, contained }] of this.#stands)
      if (id !== shard && contained() < (dispatched[slot] as number)) return false;
    return true;
  }

  /** Whether the target contains a shard up to an offset. */
  contains(shard: string, offset: number): boolean {
    return (this.#stands.get(shard)?.contained() ?? Number.POSITIVE_INFINITY) >= offset;
  }

  /** Writes everything down anew. Which keys were deleted is written only here: a run that was killed asks the source instead. */
  close(): void {
    this.#compact();
  }

  #holdersIn(slot: number): Map<number, Holder> {
    const known = this.#holders.get(slot) ?? new Map<number, Holder>();
    this.#holders.set(slot, known);
    return known;
  }

  #home(slot: number, key: number): void {
    const holders = this.#holders.get(slot);
    if (!holders?.delete(key)) return;
    if (holders.size === 0) this.#holders.delete(slot);
    this.#journal.add({ kind: 'home', slot, key });
  }

  #remember(key: number, { slot, shard, offset }: Departure): void {
    const before = this.#departures.get(key);
    if (before) this.#forget(key, before);
    this.#departures.set(key, { slot, shard, offset });
    this.#departuresOf[slot] = (this.#departuresOf[slot] as number) + 1;
    if (this.#departures.size <= mostDepartures) return;
    for (const [oldest, departure] of this.#departures) return this.#forget(oldest, departure);
  }

  #forget(key: number, { slot }: Departure): void {
    this.#departures.delete(key);
    this.#departuresOf[slot] = (this.#departuresOf[slot] as number) - 1;
  }

  #compact(): void {
    for (const [slot, holders] of [...this.#holders]) if (holders.size === 0) this.#holders.delete(slot);
    const owners = this.#owners.map((shard, slot) => ({ kind: 'owner' as const, slot, shard }));
    const holders = [...this.#holders].flatMap(([slot, keys]) =>
      [...keys].map(([key, holder]) => ({ kind: 'holder' as const, slot, key, ...holder })),
    );
    const deleted = [...this.#departures].map(([key, departure]) => ({ kind: 'deleted' as const, key, ...departure }));
    this.#journal.restart([...owners, ...holders, ...deleted]);
  }
}
