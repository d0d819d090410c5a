import type { Endpoint } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { endpointName } from '@cacheferry/resp';
import { Poll } from '../poll.ts';
import type { ServerAddress, Shard, Topology } from '../topology.ts';
import type { SentinelGroup } from './ask-sentinels.ts';
import { findPrimary, type Login } from './find-primary.ts';

/** The topology behind sentinels: one shard, at whichever server is the primary now. */
export function sentinelTopology(endpoint: Endpoint & { kind: 'sentinel' }, role: 'source' | 'target'): Topology {
  const { user, password } = endpoint;
  const shard = new SentinelShard(endpoint, { user, password }, role);
  return { kind: 'sentinel', shards: [shard], close: () => shard.close() };
}

const pollMs = 2_000;

class SentinelShard implements Shard {
  readonly id = '0';
  readonly #group: SentinelGroup;
  readonly #login: Login;
  readonly #role: 'source' | 'target';
  readonly #poll = new Poll(pollMs, (signal) => this.#compare(signal));
  #known: { name: string; moved: AbortController } | null = null;

  constructor(group: SentinelGroup, login: Login, role: 'source' | 'target') {
    this.#group = group;
    this.#login = login;
    this.#role = role;
  }

  async locate(signal?: AbortSignal): Promise<ServerAddress> {
    const until = this.#note(await findPrimary(this.#group, this.#login, signal));
    this.#poll.start();
    return until;
  }

  close(): Promise<void> {
    return this.#poll.stop();
  }

  /** Notices a failover also where the old primary does not answer, or still takes writes. */
  async #compare(signal: AbortSignal): Promise<void> {
    this.#note(await findPrimary(this.#group, this.#login, signal));
  }

  #note(address: ServerAddress): ServerAddress {
    const name = endpointName(address);
    const before = this.#known;
    if (before?.name !== name) {
      this.#known = { name, moved: new AbortController() };
      before?.moved.abort(new FerryError(`${this.#role}.failover`, { endpoint: before.name, to: name }));
    }
    const { moved } = this.#known as { moved: AbortController };
    return { ...address, until: moved.signal };
  }
}
