import { type Endpoint, mapAddress } from '@cacheferry/contract';
import { FerryError, toFerryError } from '@cacheferry/kernel';
import { endpointName, openConnection } from '@cacheferry/resp';
import type { ServerAddress } from '../topology.ts';
import type { ClusterMember, ClusterView } from './cluster-view.ts';
import { readCluster } from './read-cluster.ts';

const limits = { connectTimeoutMs: 2_000, handshakeTimeoutMs: 3_000, replyTimeoutMs: 3_000 };
/** So many servers are asked at once: enough that one with an old view is outvoted. */
const askedAtOnce = 6;

/** Finds the servers of a cluster: by the addresses that are known from outside, then by what those told. */
export class ClusterDirectory {
  readonly #endpoint: Endpoint & { kind: 'cluster' };
  #view: ClusterView | null = null;

  constructor(endpoint: Endpoint & { kind: 'cluster' }) {
    this.#endpoint = endpoint;
  }

  /** The addresses that were given, for texts. */
  get name(): string {
    return this.#endpoint.nodes.map(endpointName).join(',');
  }

  /** How to reach a member. */
  addressOf({ host, port }: Pick<ClusterMember, 'host' | 'port'>): ServerAddress {
    const { user, password, tls, addressMap = [] } = this.#endpoint;
    return { ...mapAddress(addressMap, { host, port }), user, password, tls, db: 0 };
  }

  /** The newest view that was read; read first if there is none. */
  async view(signal?: AbortSignal): Promise<ClusterView> {
    return this.#view ?? this.refresh(signal);
  }

  /**
   * Asks several servers at once and takes the newest view among their answers.
   *
   * Throws `cluster.unreachable` when none answers, and what kept us out of all of them.
   */
  async refresh(signal?: AbortSignal): Promise<ClusterView> {
    const answers = await Promise.all(this.#places().map((place) => this.#ask(place, signal)));
    const views = answers.flatMap((answer) => ('view' in answer ? [answer.view] : []));
    const [newest] = views.sort((a, b) => b.epoch - a.epoch || healthy(b) - healthy(a));
    if (newest) {
      this.#view = newest;
      return newest;
    }
    signal?.throwIfAborted();
    const errors = answers.flatMap((answer) => ('error' in answer ? [answer.error] : []));
    // A wrong password or an address that is no cluster says more than that nobody answered.
    throw (
      errors.find(({ spec }) => !spec.retry) ?? new FerryError('cluster.unreachable', { nodes: this.name }, errors[0])
    );
  }

  #places(): { host: string; port: number }[] {
    const known = (this.#view?.members ?? []).filter(({ isFailed }) => !isFailed);
    const all = [...this.#endpoint.nodes, ...known.sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary))];
    return [...new Map(all.map((place) => [endpointName(place), place])).values()].slice(0, askedAtOnce);
  }

  async #ask(place: { host: string; port: number }, signal?: AbortSignal) {
    try {
      const options = { ...this.addressOf(place), ...limits, ...(signal ? { signal } : {}) };
      const connection = await openConnection(options);
      try {
        return { view: await readCluster(connection, place) };
      } finally {
        await connection.close();
      }
    } catch (error) {
      return { error: toFerryError(error) };
    }
  }
}

const healthy = (view: ClusterView): number => view.members.filter(({ isFailed }) => !isFailed).length;
