import type { ClusterNode } from './redis-cluster.ts';

/** A slot on its way from one node of a cluster to another, step by step. */
export class SlotMove {
  readonly #plan: { slot: number; from: ClusterNode; to: ClusterNode; primaries: readonly ClusterNode[] };

  constructor(plan: { slot: number; from: ClusterNode; to: ClusterNode; primaries: readonly ClusterNode[] }) {
    this.#plan = plan;
  }

  /** From now on the old owner answers ASK for keys that it does not have. */
  async begin(): Promise<void> {
    const { slot, from, to } = this.#plan;
    await to.server.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.server.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
  }

  /** Moves up to so many keys, and returns how many it found. */
  async keys(most: number): Promise<number> {
    const { slot, from, to } = this.#plan;
    const { client } = from.server;
    const keys = (await client.callBuffer('CLUSTER', 'GETKEYSINSLOT', slot, most)) as Buffer[];
    if (keys.length === 0) return 0;
    const { host, port, password } = to.server;
    const auth = password === undefined ? [] : ['AUTH', password];
    await client.call('MIGRATE', host, port, '', 0, 10_000, 'REPLACE', ...auth, 'KEYS', ...keys);
    return keys.length;
  }

  /** Gives the slot to the new owner; all primaries are told. */
  async finish(): Promise<void> {
    const { slot, from, to, primaries } = this.#plan;
    const others = primaries.filter((node) => node !== from && node !== to);
    for (const { server } of [to, from, ...others]) await server.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
  }

  /** Takes the move back: keys that were moved already go home. */
  async cancel(): Promise<void> {
    const { slot, from, to, primaries } = this.#plan;
    const back = new SlotMove({ slot, from: to, to: from, primaries });
    await from.server.client.call('CLUSTER', 'SETSLOT', slot, 'STABLE');
    while ((await back.keys(100)) > 0);
    await to.server.client.call('CLUSTER', 'SETSLOT', slot, 'STABLE');
  }
}
