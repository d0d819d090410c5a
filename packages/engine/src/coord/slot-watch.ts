import type { Clock } from '@cacheferry/kernel';
import { type Connection, openConnection, type Reply, ReplyError } from '@cacheferry/resp';
import { type ClusterView, ownSlots, type OwnSlots, type Shard, slotCount, type Topology } from '@cacheferry/topology';
import type { ShardSlots } from '../ship/ship-deps.ts';
import type { SlotRun } from '../write/agree-on-shares.ts';
import { SlotGate } from '../ship/slot-gate.ts';
import { readPlace } from '../snapshot-keys/fetch-snapshots.ts';
import { type Dispute, SlotAuthority } from './slot-authority.ts';
import { type Cut, SlotJournal } from './slot-journal.ts';
import type { ShardTally } from './tally.ts';

const lookMs = 1_000;
/** A view may be older than what a slot was settled by. */
const freshMs = 3_000;
/** Bytes of an RDB come before any offset of the stream. */
const rdbBase = -1e15;

/** What a server says of itself, and where its stream is at that moment. */
type Witness = { place: Cut } & OwnSlots;

/** Follows slots that move between the shards of a clustered source while it is copied. One for all shards. */
export class SlotWatch {
  readonly #source: Topology;
  readonly #clock: Clock;
  readonly #authority: SlotAuthority;
  readonly #first: readonly string[];
  readonly #settledAt = new Map<number, number>();
  /** Who has which slot, as far as the cluster was last seen. */
  #seen: readonly string[];
  readonly #timer: NodeJS.Timeout;
  #onMoved: ((slot: number) => void) | null = null;

  constructor(source: Topology, view: ClusterView, deps: { clock: Clock; path: string }) {
    this.#source = source;
    this.#clock = deps.clock;
    this.#first = ownersIn(source, view);
    this.#seen = this.#first;
    this.#authority = new SlotAuthority(this.#first, new SlotJournal(deps.path));
    // A look that fails is made again.
    this.#timer = setInterval(() => void this.#look().catch(() => {}), lookMs);
  }

  /** What shipping one shard needs to know. */
  slotsOf(shard: string, tally: ShardTally): ShardSlots {
    const authority = this.#authority;
    const dispatched = new Float64Array(slotCount).fill(Number.NEGATIVE_INFINITY);
    const contained = () => tally.offset ?? rdbBase + tally.rdbBytesDone;
    const tell = (staleFrom: number | null) => {
      tally.staleFrom = staleFrom;
    };
    authority.join(shard, { dispatched, contained, tell });
    const own = () => authority.contested.filter(({ slot }) => this.#seen[slot] === shard);
    return {
      gate: new SlotGate(shard, authority, dispatched),
      rdbPosition: (at) => rdbBase + at,
      isDue: () => authority.isMending(shard) || own().length > 0,
      still: () => own().filter((dispute) => authority.isStill(dispute)),
      maySettle: () => this.#onMoved === null,
      resting: (disputes, signal) => this.#resting(shard, disputes, signal),
      settle: (dispute, cuts) => {
        this.#settledAt.set(dispute.slot, this.#clock.monotonic());
        return authority.settle(dispute, shard, cuts);
      },
      isMending: () => authority.isMending(shard),
      settled: (mended) => authority.settled(shard, mended),
    };
  }

  /** A slot that moved since the run began; null when all stayed. Asks the source. */
  async moved(signal: AbortSignal): Promise<number | null> {
    const [contested] = this.#authority.contested;
    if (contested) return contested.slot;
    const view = await this.#source.directory?.refresh(signal);
    if (!view) return null;
    const at = ownersIn(this.#source, view).findIndex((shard, slot) => shard !== '' && shard !== this.#first[slot]);
    return at < 0 ? null : at;
  }

  /** Who has the slots, from the first to the last. */
  owners(): SlotRun[] {
    const runs: [string, number][] = [];
    for (const shard of this.#seen) {
      const last = runs.at(-1);
      if (last?.[0] === shard) last[1]++;
      else runs.push([shard, 1]);
    }
    return runs;
  }

  /** A slot that another shard has than it had then; null when all are where they were. */
  differs(then: readonly SlotRun[]): number | null {
    const owners = then.flatMap(([shard, count]) => new Array<string>(count).fill(this.#source.shardOf?.(shard) ?? ''));
    const at = owners.findIndex((shard, slot) => shard !== this.#seen[slot]);
    return at < 0 ? null : at;
  }

  /** Slots are not settled from here on: one that is seen with another owner is told. */
  refuseMoves(onMoved: (slot: number) => void): void {
    this.#onMoved = onMoved;
  }

  /** Whether a shard has no slot. */
  isIdle(shard: string): boolean {
    return !this.#seen.includes(shard);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Which of these slots rest with that shard, and where all others were when they said so. */
  async #resting(shard: string, disputes: readonly Dispute[], signal: AbortSignal) {
    const pairs = await Promise.all(
      this.#source.shards
        .filter(({ isDissolved }) => !isDissolved)
        .map(async (one) => [one.id, await askShard(one, signal)] as const),
    );
    const witnesses = new Map(pairs);
    const rests = ({ slot }: Dispute) =>
      pairs.every(([id, one]) => one.owns(slot) === (id === shard) && !one.moves(slot));
    const cuts = new Map([...witnesses].map(([id, { place }]) => [id, place]));
    return { disputes: disputes.filter(rests), cuts };
  }

  /** A slot that is seen with another owner has moved, whether its streams tell so or not. */
  async #look(): Promise<void> {
    const view = await this.#source.directory?.view();
    if (!view) return;
    this.#seen = ownersIn(this.#source, view);
    const before = this.#clock.monotonic() - freshMs;
    const hasMoved = (slot: number, shard: string) =>
      shard !== '' && shard !== this.#authority.ownerOf(slot) && (this.#settledAt.get(slot) ?? 0) < before;
    const moved = [...this.#seen.entries()].flatMap(([slot, shard]) => (hasMoved(slot, shard) ? slot : []));
    if (moved[0] !== undefined) this.#onMoved?.(moved[0]);
    this.#authority.contestAll(moved);
  }
}

async function askShard(shard: Shard, signal: AbortSignal): Promise<Witness> {
  const address = await shard.locate(signal);
  const connection = await openConnection({ ...address, signal });
  try {
    return await askNode(connection);
  } finally {
    await connection.close();
  }
}

async function askNode(connection: Connection): Promise<Witness> {
  const commands = [['MULTI'], ['CLUSTER', 'NODES'], ['INFO', 'replication'], ['EXEC']];
  const replies = await connection.pipeline(commands);
  const refused = replies.find((reply) => reply instanceof ReplyError);
  if (refused instanceof ReplyError) throw connection.classify(refused, 'CLUSTER NODES');
  const [nodes, info] = replies[3] as [Reply, Reply];
  return { place: readPlace(info, connection.endpoint), ...ownSlots(String(nodes)) };
}

/** The shard of each slot; empty where nobody has it. */
function ownersIn(source: Topology, view: ClusterView): string[] {
  return Array.from({ length: slotCount }, (_, slot) => {
    const owner = view.ownerOf(slot);
    return (owner && source.shardOf?.(owner.id)) ?? '';
  });
}
