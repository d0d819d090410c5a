import { type Connection, openConnection } from '@cacheferry/resp';
import type { ClusterDirectory, ClusterMember } from '@cacheferry/topology';

/** One connection to each primary of a cluster that is read. */
export class ClusterPrimaries {
  readonly #directory: ClusterDirectory;
  readonly #name: string;
  readonly #open = new Map<string, { member: ClusterMember; connection: Connection }>();
  #ownerOf: (slot: number) => string | undefined = () => undefined;

  constructor(directory: ClusterDirectory, name: string) {
    this.#directory = directory;
    this.#name = name;
  }

  /** Looks who the primaries are, and connects to those that are new. */
  async refresh(signal: AbortSignal): Promise<void> {
    const view = await this.#directory.refresh(signal);
    const primaries = new Map(view.primaries.map((member) => [member.id, member]));
    for (const [id, { connection }] of this.#open) {
      if (primaries.has(id)) continue;
      this.#open.delete(id);
      await connection.close();
    }
    for (const [id, member] of primaries) {
      if (this.#open.get(id)?.connection.failure === null) continue;
      const connection = await openConnection({ ...this.addressOf(member), sharesReads: true, signal });
      this.#open.set(id, { member, connection });
    }
    this.#ownerOf = (slot) => view.ownerOf(slot)?.id;
  }

  get ids(): string[] {
    return [...this.#open.keys()].sort();
  }

  get members(): ClusterMember[] {
    return [...this.#open.values()].map(({ member }) => member);
  }

  get connections(): Connection[] {
    return [...this.#open.values()].map(({ connection }) => connection);
  }

  addressOf(member: ClusterMember) {
    return { ...this.#directory.addressOf(member), name: this.#name };
  }

  /** The connection to the primary that has a slot. */
  of(slot: number): Connection | undefined {
    return this.#open.get(this.#ownerOf(slot) ?? '')?.connection;
  }

  /** Who has which slot, by the word of each primary itself; null while a slot is on its way, or has none. */
  async slots(signal: AbortSignal): Promise<string | null> {
    await this.refresh(signal);
    const texts = await Promise.all(this.connections.map((one) => one.call('CLUSTER', 'NODES')));
    const own = texts.map((text) => {
      const line = String(text)
        .split('\n')
        .find((one) => /\bmyself\b/.test(one.split(' ')[2] ?? ''));
      const [id, , , , , , epoch, , ...slots] = (line ?? '').trim().split(' ');
      return [id, epoch, ...slots].join(' ');
    });
    return own.some((line) => line.includes('[')) ? null : own.sort().join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
  }
}
