import { FerryError } from '@cacheferry/kernel';
import { type Connection, endpointName, openConnection, ReplyError } from '@cacheferry/resp';
import type { ClusterDirectory, ClusterView } from '@cacheferry/topology';

type Options = { directory: ClusterDirectory; name: string; signal: AbortSignal };

const pauseMs = 30;

/** One connection to each primary of a cluster, for reading; where a cluster has more databases (Valkey 9), one for each. */
export class ClusterNodes {
  readonly #options: Options;
  /** By database and place. */
  readonly #connections = new Map<string, Promise<Connection>>();
  #view: ClusterView;

  private constructor(options: Options, view: ClusterView) {
    this.#options = options;
    this.#view = view;
  }

  /** Throws `cluster.*`, `endpoint.*`. */
  static async open(options: Options): Promise<ClusterNodes> {
    const nodes = new ClusterNodes(options, await options.directory.refresh(options.signal));
    try {
      await Promise.all(nodes.#view.primaries.map((member) => nodes.at(endpointName(member), 0)));
      return nodes;
    } catch (error) {
      await nodes.close();
      throw error;
    }
  }

  /** The primaries in the order of their slots. Throws `endpoint.no_such_database`. */
  all(db = 0): Promise<Connection[]> {
    return Promise.all(this.#view.primaries.map((member) => this.at(endpointName(member), db)));
  }

  /** The place, `host:port`, that has a slot. Throws `endpoint.cluster_down` while none has. */
  placeOf(slot: number): string {
    const owner = this.#view.ownerOf(slot);
    if (!owner) throw new FerryError('endpoint.cluster_down', { endpoint: this.#options.directory.name });
    return endpointName(owner);
  }

  /**
   * Who has which slot, in each primary's own words: the same text as long as no slot has moved, not even to and fro,
   * and no key of one that is on its way.
   */
  async layout(): Promise<string> {
    await this.#refresh();
    const texts = await Promise.all((await this.all()).map(layoutOf));
    return texts.join('\n');
  }

  /** Does what an error says that sends elsewhere: `ask` is where to ask for once. Returns null for any other error. */
  async follow(error: ReplyError): Promise<{ ask: string | null } | null> {
    const [word, , place = ''] = error.message.split(' ');
    if (word === 'ASK') return { ask: place };
    if (word !== 'MOVED' && word !== 'TRYAGAIN' && word !== 'CLUSTERDOWN') return null;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    await this.#refresh();
    return { ask: null };
  }

  async close(): Promise<void> {
    const settled = await Promise.allSettled(this.#connections.values());
    await Promise.all(settled.map((found) => (found.status === 'fulfilled' ? found.value.close() : null)));
  }

  async #refresh(): Promise<void> {
    const { directory, signal } = this.#options;
    this.#view = await directory.refresh(signal);
  }

  at(place: string, db: number): Promise<Connection> {
    const name = `${db} ${place}`;
    const known = this.#connections.get(name);
    if (known) return known;
    const { directory, signal } = this.#options;
    const colon = place.lastIndexOf(':');
    const host = place.slice(0, colon).replace(/^\[|\]$/g, '');
    const address = directory.addressOf({ host, port: Number(place.slice(colon + 1)) });
    const opening = openConnection({ ...address, db, name: this.#options.name, replyTimeoutMs: 60_000, signal });
    opening.catch(() => this.#connections.delete(name));
    this.#connections.set(name, opening);
    return opening;
  }
}

/**
 * A primary's id, its epoch, which grows when it takes over slots, its slots, and how many keys are left of those that it
 * hands over: it gets no new ones there. Spec: CLUSTER NODES, `[slot->-id]`.
 */
async function layoutOf(node: Connection): Promise<string> {
  const own = /^.* [a-z,]*myself.*$/m.exec(String(await node.call('CLUSTER', 'NODES')))?.[0] ?? '';
  const [id, ...fields] = own.split(' ');
  const leaving = [...own.matchAll(/\[(\d+)->-/g)].map(([, slot = '']) => slot);
  const left = await Promise.all(leaving.map((slot) => node.call('CLUSTER', 'COUNTKEYSINSLOT', slot)));
  return [id, ...fields.slice(5), ...left.map(String)].join(' ');
}
