import { type Endpoint, familyOf, formatEndpointUrl } from '@cacheferry/contract';
import { type FerryError, toFerryError } from '@cacheferry/kernel';
import type { ClusterDirectory, Placement, Topology } from '@cacheferry/topology';
import { Prerequisite } from './prerequisite.ts';
import { ServerNode } from './server-node.ts';
import { checkOfStage, stageOf } from './stage.ts';

export type OpenTopology = (endpoint: Endpoint, role: 'source' | 'target') => Promise<Topology>;

const fileKinds = new Set(['rdb', 'aof', 'memcached-dump']);

/** One end of the job: its address, and the servers behind it. */
export class End {
  readonly role: 'source' | 'target';
  readonly endpoint: Endpoint;
  /** The address without secrets. */
  readonly url: string;
  readonly #openTopology: OpenTopology;
  readonly #signal: AbortSignal;
  #topology: Topology | undefined;
  #nodes: Promise<ServerNode[]> | undefined;

  constructor(
    role: 'source' | 'target',
    endpoint: Endpoint,
    deps: { openTopology: OpenTopology; signal: AbortSignal },
  ) {
    this.role = role;
    this.endpoint = endpoint;
    this.url = formatEndpointUrl(endpoint);
    this.#openTopology = deps.openTopology;
    this.#signal = deps.signal;
  }

  get family(): 'redis' | 'memcached' {
    return familyOf(this.endpoint);
  }

  get isFile(): boolean {
    return fileKinds.has(this.endpoint.kind);
  }

  /** Whether servers of the Redis family are behind it. */
  get isServer(): boolean {
    return this.family === 'redis' && !this.isFile;
  }

  get isScan(): boolean {
    return 'scan' in this.endpoint && this.endpoint.scan;
  }

  /** The servers, or why they cannot be found. */
  async attempt(): Promise<{ nodes: readonly ServerNode[] } | { error: FerryError }> {
    this.#nodes ??= this.#find();
    try {
      return { nodes: await this.#nodes };
    } catch (error) {
      return { error: toFerryError(error) };
    }
  }

  /** The servers; without them the check that says why has to pass first. */
  async nodes(): Promise<readonly ServerNode[]> {
    const attempt = await this.attempt();
    if ('nodes' in attempt) return attempt.nodes;
    throw new Prerequisite(checkOfStage(this.role, stageOf(attempt.error.code)));
  }

  /** How many servers are read or written side by side; 1 while they cannot be found. */
  async shardCount(): Promise<number> {
    const attempt = await this.attempt();
    return 'nodes' in attempt ? Math.max(1, attempt.nodes.length) : 1;
  }

  /** What the shards of a migration are called that reads it or writes to it. */
  async shardIds(): Promise<string[]> {
    const view = await (await this.directory())?.view();
    return (view?.members ?? this.#topology?.shards ?? []).map(({ id }) => id);
  }

  /** Of a cluster: who has which slots. */
  async directory(): Promise<ClusterDirectory | undefined> {
    await this.nodes();
    return this.#topology?.directory;
  }

  /** Of a pool: which of the servers has a key. */
  async placement(): Promise<Placement | undefined> {
    await this.nodes();
    return this.#topology?.placement;
  }

  /** Whether a pool lets servers that fail leave it. */
  async ejectsHosts(): Promise<boolean> {
    await this.nodes();
    return this.#topology?.ejectsHosts === true;
  }

  async close(): Promise<void> {
    const attempt = this.#nodes === undefined ? { nodes: [] } : await this.attempt();
    if ('nodes' in attempt) await Promise.all(attempt.nodes.map((node) => node.close()));
    await this.#topology?.close();
  }

  async #find(): Promise<ServerNode[]> {
    this.#topology = await this.#openTopology(this.endpoint, this.role);
    return this.#topology.shards.map((shard) => new ServerNode(this.role, shard, this.#signal));
  }
}
