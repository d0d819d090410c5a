import { FerryError } from '@cacheferry/kernel';
import { type Connection, endpointName, openConnection } from '@cacheferry/resp';
import {
  type ClusterDirectory,
  type ClusterMember,
  type ClusterView,
  findHeir,
  readCluster,
  slotCount,
} from '@cacheferry/topology';

export type ClusterNodesOptions = {
  directory: ClusterDirectory;
  /** What CLIENT LIST of the nodes shows. */
  name: string;
  signal: AbortSignal;
};

const refreshPauseMs = 20;

/** One connection to each primary of a cluster, and who has which slot: what the nodes' answers say beats what was read. */
export class ClusterNodes {
  readonly #options: ClusterNodesOptions;
  readonly #connections = new Map<string, Connection>();
  /** Owners that a node named itself (MOVED), by slot. */
  readonly #moved = new Map<number, string>();
  #view: ClusterView;
  #refreshedAt = 0;
  #refreshing: Promise<void> | null = null;

  constructor(options: ClusterNodesOptions, view: ClusterView) {
    this.#options = options;
    this.#view = view;
  }

  /** Connects to every primary. Throws `cluster.*`, `endpoint.*`, `target.failover`. */
  static async open(options: ClusterNodesOptions): Promise<ClusterNodes> {
    const nodes = new ClusterNodes(options, await options.directory.refresh(options.signal));
    try {
      await nodes.#connectAll();
      return nodes;
    } catch (error) {
      await nodes.close();
      throw error;
    }
  }

  /** What CLIENT LIST shows for these connections. */
  get name(): string {
    return this.#options.name;
  }

  /** Why one of the connections is of no more use. */
  get failure(): Connection['failure'] {
    for (const connection of this.#connections.values()) if (connection.failure) return connection.failure;
    return null;
  }

  get view(): ClusterView {
    return this.#view;
  }

  /** The primaries with slots. */
  get primaries(): ClusterMember[] {
    return this.#view.primaries;
  }

  /** The id of the primary that has a slot. Throws `endpoint.cluster_down` while none has. */
  ownerOf(slot: number): string {
    const moved = this.#moved.size > 0 ? this.#moved.get(slot) : undefined;
    const id = moved ?? this.#view.ownerOf(slot)?.id;
    if (id === undefined) throw new FerryError('endpoint.cluster_down', { endpoint: this.#options.directory.name });
    return id;
  }

  /** The connection to a primary. */
  connectionOf(id: string): Connection {
    const connection = this.#connections.get(id);
    if (!connection) throw new FerryError('endpoint.cluster_down', { endpoint: this.#options.directory.name });
    return connection;
  }

  of(slot: number): Connection {
    return this.connectionOf(this.ownerOf(slot));
  }

  /** All connections. */
  all(): Connection[] {
    return [...this.#connections.values()];
  }

  /** Takes note of `MOVED slot host:port`: who answered may have been replaced as well. */
  async takeMoved(slot: number, place: string): Promise<void> {
    await this.refresh();
    const id = this.#idAt(place);
    if (id !== undefined && id !== this.#view.ownerOf(slot)?.id) this.#moved.set(slot, id);
    else this.#moved.delete(slot);
  }

  /** The connection to where an ASK points. */
  async at(place: string): Promise<Connection | null> {
    if (this.#idAt(place) === undefined) await this.refresh();
    const id = this.#idAt(place);
    return id === undefined ? null : this.connectionOf(id);
  }

  /** Reads anew who has which slot. Throws `target.failover` when a primary that we write to is none any more. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** Asks the cluster from outside, in case a primary does not answer at all. Returns why one cannot be written to. */
  async look(): Promise<Connection['failure']> {
    const { directory, signal } = this.#options;
    this.#take(await directory.refresh(signal));
    await this.#connectAll();
    return this.primaries.map(({ id }) => this.connectionOf(id).failure).find((failure) => failure) ?? null;
  }

  /** Ends all connections with a reason. */
  destroy(reason: FerryError | Error): void {
    for (const connection of this.#connections.values()) connection.destroy(reason);
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map((connection) => connection.close()));
  }

  async #refresh(): Promise<void> {
    const wait = this.#refreshedAt + refreshPauseMs - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const views = await Promise.all(
      [...this.#connections].map(([id, connection]) => readCluster(connection, this.#view.member(id) as ClusterMember)),
    );
    this.#refreshedAt = performance.now();
    this.#take(newestOf(views));
    await this.#connectAll();
  }

  #take(view: ClusterView): void {
    for (const [id, { endpoint }] of this.#connections) {
      const heir = findHeir(this.#view, view, id);
      if (heir) throw new FerryError('target.failover', { endpoint, to: endpointName(heir) });
    }
    this.#view = view;
    for (const [slot, id] of this.#moved) if (view.ownerOf(slot)?.id === id) this.#moved.delete(slot);
  }

  async #connectAll(): Promise<void> {
    const missing = this.primaries.filter(({ id }) => !this.#connections.has(id));
    await Promise.all(missing.map((member) => this.#connect(member)));
  }

  async #connect(member: ClusterMember): Promise<void> {
    const { directory, name, signal } = this.#options;
    const connection = await openConnection({ ...directory.addressOf(member), name, sharesReads: true, signal });
    const role = await connection.call('ROLE');
    if (Array.isArray(role) && String(role[0]) !== 'master') {
      await connection.close();
      throw new FerryError('target.read_only', { endpoint: connection.endpoint });
    }
    this.#connections.set(member.id, connection);
  }

  #idAt(place: string): string | undefined {
    return (
      this.primaries.find((member) => endpointName(member) === place || `${member.host}:${member.port}` === place)
        ?.id ?? this.#view.members.find((member) => member.isPrimary && endpointName(member) === place)?.id
    );
  }
}

/** The one with the newest epoch; each node's own word counts for the slots that it has. */
function newestOf(views: readonly ClusterView[]): ClusterView {
  return views.reduce((best, view) => (view.epoch > best.epoch ? view : best));
}

/** How the slots are spread, whoever has them: equal texts mean that no slot has moved from one primary to another. */
export function spreadOf(view: ClusterView): string {
  const ranges = view.primaries.map((member) => member.ranges.map(([from, to]) => `${from}-${to}`).join('+'));
  return view.firstUnserved >= 0 ? `of ${slotCount}: ${ranges.join(',')}` : ranges.join(',');
}
