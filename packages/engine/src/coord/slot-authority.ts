import type { Cut, SlotJournal, SlotRecord } from './slot-journal.ts';

/** Where a shard stands: what it has handed to its lane of each slot, what of all that the target contains. */
export type ShardStand = {
  dispatched: Float64Array;
  contained: () => number;
  /** Told from which offset on words of the shard were left out, whose slots are not settled yet. */
  tell: (staleFrom: number | null) => void;
};

/** A place in the stream of a shard, and the names of its history. */
export type StreamPoint = { ids: ReadonlySet<string>; offset: number };

/** First and last word that was left out. */
type LeftOut = { first: number; last: number };

/** A slot in question: nothing about it counts until it is settled, and its keys have to be read anew from then on. */
export type Dispute = { slot: number; isMending: boolean; leftOut: Map<string, LeftOut> };

/**
 * Who has which slot of a clustered source, as far as that is settled: one for all shards.
 *
 * A word about a slot from another shard than its owner means that the slot moved. Streams of different shards are read at
 * different speeds, so from then on all words about it are left out, until the slot rests and its keys are read anew from
 * its owner, at a known place of that stream. What each stream says about it before a known place is old then.
 */
export class SlotAuthority {
  readonly #journal: SlotJournal;
  readonly #owners: string[];
  readonly #cuts = new Map<number, Map<string, Cut>>();
  /** Where the keys of slots that moved were written anew: a target that fell back to before that has lost them. */
  readonly #mended = new Map<number, Cut>();
  readonly #disputes = new Map<number, Dispute>();
  readonly #stands = new Map<string, ShardStand>();
  /** The first word of each shard that was left out, of slots that are not settled. */
  readonly #stale = new Map<string, number>();

  /** `owners`: the shard of each slot when the run began; what the journal knows is newer. */
  constructor(owners: readonly string[], journal: SlotJournal) {
    this.#journal = journal;
    this.#owners = [...owners];
    for (const record of journal.load()) {
      if (record.kind === 'contested') this.#disputes.set(record.slot, newDispute(record.slot));
      else this.#restore(record);
    }
    const owned = this.#owners.map(
      (shard, slot): SlotRecord => ({ kind: 'settled', slot, shard, ...this.#movesOf(slot) }),
    );
    journal.restart([...owned, ...[...this.#disputes.keys()].map((slot) => ({ kind: 'contested', slot }) as const)]);
  }

  join(shard: string, stand: ShardStand): void {
    this.#stands.set(shard, stand);
  }

  ownerOf(slot: number): string {
    return this.#owners[slot] ?? '';
  }

  /** Whether words of a shard about a slot need not be looked at further. */
  isQuiet(slot: number, shard: string): boolean {
    return this.#owners[slot] === shard && !this.#disputes.has(slot) && !this.#cuts.has(slot);
  }

  /** Slots in question whose keys are not being read yet. */
  get contested(): Dispute[] {
    return [...this.#disputes.values()].filter(({ isMending }) => !isMending);
  }

  isContested(slot: number): boolean {
    return this.#disputes.get(slot)?.isMending === false;
  }

  /** Whether a word of a shard counts; one that shows a move brings the slot into question. */
  admits(slot: number, shard: string, at: StreamPoint): boolean {
    const dispute = this.#disputes.get(slot);
    if (dispute && !dispute.isMending) return this.#leaveOut(dispute, shard, at.offset);
    const cut = this.#cuts.get(slot)?.get(shard);
    if (cut && at.offset <= cut.offset && at.ids.has(cut.replicationId)) return false;
    return this.#owners[slot] === shard || this.#leaveOut(this.contest(slot), shard, at.offset);
  }

  /** The slot moved, or is about to. On disk before anything about it is left out. */
  contest(slot: number): Dispute {
    this.contestAll([slot]);
    return this.#disputes.get(slot) as Dispute;
  }

  /** The same of many slots at once. */
  contestAll(slots: readonly number[]): void {
    const fresh = slots.filter((slot) => this.#disputes.get(slot)?.isMending !== false);
    this.#journal.add(fresh.map((slot) => ({ kind: 'contested', slot })));
    for (const slot of fresh) this.#disputes.set(slot, newDispute(slot, this.#disputes.get(slot)?.leftOut));
  }

  /** Whether the target contains all that was ever sent for a slot in question. */
  isStill({ slot }: Dispute): boolean {
    for (const { dispatched, contained } of this.#stands.values())
      if (contained() < (dispatched[slot] as number)) return false;
    return true;
  }

  /**
   * The slot rests with that shard, and its keys are about to be read anew there; `cuts`: what is old of each shard.
   * False when the slot was in question again meanwhile.
   */
  settle(dispute: Dispute, shard: string, cuts: ReadonlyMap<string, Cut>): boolean {
    const { slot, leftOut } = dispute;
    if (this.#disputes.get(slot) !== dispute || dispute.isMending) return false;
    for (const [id, { last }] of leftOut) if (id !== shard && last > (cuts.get(id)?.offset ?? 0)) return false;
    this.#owners[slot] = shard;
    this.#cuts.set(slot, new Map(cuts));
    this.#mended.delete(slot);
    dispute.isMending = true;
    return true;
  }

  /** Whether keys of slots are being read anew from that shard. */
  isMending(shard: string): boolean {
    return this.#mending(shard).length > 0;
  }

  /** All keys that were to be read anew from that shard are on the target; `mended`: where its stream is. */
  settled(shard: string, mended: Cut): void {
    const slots = this.#mending(shard).map(({ slot }) => slot);
    for (const slot of slots) this.#mended.set(slot, mended);
    this.#journal.add(slots.map((slot) => ({ kind: 'settled', slot, shard, ...this.#movesOf(slot) })));
    for (const slot of slots) this.#disputes.delete(slot);
    this.#tell();
  }

  /** A full sync of that shard begins: what it has comes with it. */
  begin(shard: string): void {
    this.#unsettle(shard);
    for (const slot of this.#mended.keys()) if (this.#owners[slot] === shard) this.#mended.delete(slot);
  }

  /** That shard is read from a place on: slots that were written anew behind it are in question again. */
  goOn(shard: string, from: StreamPoint): void {
    this.#unsettle(shard);
    for (const [slot, { replicationId, offset }] of this.#mended)
      if (this.#owners[slot] === shard && !(from.ids.has(replicationId) && from.offset > offset)) this.contest(slot);
  }

  /** The history of that shard goes on from there on another server: what the one before said of later places is void. */
  branch(shard: string, offset: number): void {
    for (const [slot, cuts] of this.#cuts) if ((cuts.get(shard)?.offset ?? 0) > offset) this.contest(slot);
  }

  /** What was being read anew from that shard has to be read again. */
  #unsettle(shard: string): void {
    for (const { slot, leftOut } of this.#mending(shard)) this.#disputes.set(slot, newDispute(slot, leftOut));
  }

  #mending(shard: string): Dispute[] {
    return [...this.#disputes.values()].filter(({ slot, isMending }) => isMending && this.#owners[slot] === shard);
  }

  #restore({ slot, shard, cuts, mended }: SlotRecord & { kind: 'settled' }): void {
    this.#disputes.delete(slot);
    this.#owners[slot] = shard;
    if (cuts.length > 0) this.#cuts.set(slot, new Map(cuts));
    if (mended) this.#mended.set(slot, mended);
    else this.#mended.delete(slot);
  }

  #movesOf(slot: number): { cuts: [string, Cut][]; mended?: Cut } {
    const mended = this.#mended.get(slot);
    return { cuts: [...(this.#cuts.get(slot) ?? [])], ...(mended ? { mended } : {}) };
  }

  #leaveOut({ leftOut }: Dispute, shard: string, offset: number): false {
    const known = leftOut.get(shard);
    if (known) known.last = Math.max(known.last, offset);
    else {
      leftOut.set(shard, { first: offset, last: offset });
      this.#stale.set(shard, Math.min(offset, this.#stale.get(shard) ?? offset));
      this.#stands.get(shard)?.tell(this.#stale.get(shard) as number);
    }
    return false;
  }

  #tell(): void {
    this.#stale.clear();
    for (const { leftOut } of this.#disputes.values())
      for (const [shard, { first }] of leftOut)
        this.#stale.set(shard, Math.min(first, this.#stale.get(shard) ?? first));
    for (const [shard, { tell }] of this.#stands) tell(this.#stale.get(shard) ?? null);
  }
}

const newDispute = (slot: number, leftOut: Dispute['leftOut'] = new Map()): Dispute => ({
  slot,
  isMending: false,
  leftOut,
});
