import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { endpointName } from '@cacheferry/resp';
import { Poll } from '../poll.ts';
import type { ServerAddress, Shard, Topology } from '../topology.ts';
import { ClusterDirectory } from './cluster-directory.ts';
import type { ClusterMember, ClusterView } from './cluster-view.ts';
import { hasSlots, isDissolved, isServing, settleMembers } from './shard-members.ts';

/** Which servers belong to a shard, by node id: whichever of them is the primary speaks for it. */
export type ShardMembers = { id: string; members: string[] };

/** What must be remembered from run to run, so that a shard keeps its name over failovers while nobody looks. */
export type ShardMemory = { known: readonly ShardMembers[]; remember: (shards: readonly ShardMembers[]) => void };

const pollMs = 1_000;
/** A primary that is replaced is one without slots for a moment: only one that stays so is a shard of its own. */
const idleMs = 5_000;

/**
 * The topology of a cluster that is read from: one shard for each primary, followed over failovers; new primaries join.
 *
 * Throws `cluster.*`.
 */
export async function clusterSource(
  endpoint: Endpoint & { kind: 'cluster' },
  memory: ShardMemory = { known: [], remember: () => {} },
): Promise<Topology> {
  const source = new ClusterSource(endpoint, memory);
  await source.look();
  source.start();
  return source;
}

class ClusterSource implements Topology {
  readonly kind = 'cluster';
  readonly shards: MemberShard[] = [];
  readonly directory: ClusterDirectory;
  readonly #memory: ShardMemory;
  readonly #poll = new Poll(pollMs, async (signal) => {
    await this.look(signal);
  });
  /** Names of shards that were dissolved before the run began. */
  readonly #former = new Set<string>();
  readonly #listeners = new Set<(shard: Shard) => void>();
  /** Since when primaries that are no shards are without slots. */
  readonly #idleSince = new Map<string, number>();

  constructor(endpoint: Endpoint & { kind: 'cluster' }, memory: ShardMemory) {
    this.directory = new ClusterDirectory(endpoint);
    this.#memory = memory;
    for (const { id, members } of memory.known) {
      if (members.length > 0) this.#add(new MemberShard(id, new Set(members), this));
      else this.#former.add(id);
    }
  }

  onShard(listener: (shard: Shard) => void): void {
    this.#listeners.add(listener);
  }

  shardOf(node: string): string | undefined {
    return this.shards.find(({ members }) => members.has(node))?.id;
  }

  start(): void {
    this.#poll.start();
  }

  close(): Promise<void> {
    return this.#poll.stop();
  }

  /** Looks at the cluster anew: who is whose primary, and whether there are new ones. */
  async look(signal?: AbortSignal): Promise<ClusterView> {
    const view = await this.directory.refresh(signal);
    const before = JSON.stringify(this.#known());
    for (const shard of this.shards) shard.settle(view);
    for (const primary of view.members.filter(isServing)) {
      if (this.shards.some(({ members }) => members.has(primary.id)) || !this.#isShard(primary)) continue;
      const shard = new MemberShard(this.#newId(primary.id), new Set([primary.id]), this);
      shard.settle(view);
      this.#add(shard);
      for (const tell of this.#listeners) tell(shard);
    }
    const known = this.#known();
    if (JSON.stringify(known) !== before) this.#memory.remember(known);
    return view;
  }

  #isShard(primary: ClusterMember): boolean {
    const since = this.#idleSince.get(primary.id) ?? performance.now();
    this.#idleSince.set(primary.id, since);
    return hasSlots(primary) || performance.now() - since >= idleMs;
  }

  /** A node that left its shard, which kept its name, may come back with slots of its own. */
  #newId(node: string): string {
    let id = node;
    const isTaken = () => this.#former.has(id) || this.shards.some((shard) => shard.id === id);
    for (let n = 2; isTaken(); n++) id = `${node}-${n}`;
    return id;
  }

  #add(shard: MemberShard): void {
    this.shards.push(shard);
  }

  #known(): ShardMembers[] {
    const former = [...this.#former].map((id) => ({ id, members: [] }));
    return [...former, ...this.shards.map(({ id, members }) => ({ id, members: [...members].sort() }))];
  }
}

class MemberShard implements Shard {
  readonly id: string;
  members: Set<string>;
  isDissolved = false;
  readonly #cluster: ClusterSource;
  #place: { name: string; address: ServerAddress; moved: AbortController } | null = null;

  constructor(id: string, members: Set<string>, cluster: ClusterSource) {
    this.id = id;
    this.members = members;
    this.#cluster = cluster;
  }

  async locate(signal?: AbortSignal): Promise<ServerAddress> {
    await this.#cluster.look(signal);
    if (this.isDissolved) await aborted(signal);
    if (!this.#place)
      throw new FerryError('cluster.no_primary', { shard: this.id, nodes: this.#cluster.directory.name });
    const { address, moved } = this.#place;
    return { ...address, until: moved.signal, isPrimary: true };
  }

  /** Takes over what a new view says: who the primary is, and which replicas follow it. */
  settle(view: ClusterView): void {
    const now = settleMembers(view, this.members);
    if (!now) return isDissolved(view, this.members) ? this.#dissolve() : undefined;
    this.members = now.members;
    this.#move(this.#cluster.directory.addressOf(now.primary));
  }

  #dissolve(): void {
    this.isDissolved = true;
    this.members = new Set();
    const { directory } = this.#cluster;
    this.#place?.moved.abort(new FerryError('cluster.no_primary', { shard: this.id, nodes: directory.name }));
    this.#place = null;
  }

  #move(address: ServerAddress): void {
    const name = endpointName(address);
    const before = this.#place;
    if (before?.name === name) return;
    this.#place = { name, address, moved: new AbortController() };
    before?.moved.abort(new FerryError('source.failover', { endpoint: before.name, to: name }));
  }
}

/** Ends with the signal's reason. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
