import type { Clock, Logger } from '@cacheferry/kernel';
import { type Command, type Connection, encodeCommands } from '@cacheferry/resp';
import { type ClusterDirectory, keySlot } from '@cacheferry/topology';
import { ClusterPrimaries } from './cluster-primaries.ts';
import { DirtyKeys } from './dirty-keys.ts';
import { type ExpiryFacts, rereadKeys } from './reread-keys.ts';
import { beginRecords, readFacts, scanNode, type ScanNode } from './scan-source.ts';
import type { ScannedEnd } from './scanned-end.ts';
import { countKeys, inSlots, type SlotRange } from './slot-range.ts';

/** `slots`: only keys of these are read. */
export type ScannedClusterDeps = {
  directory: ClusterDirectory;
  name: string;
  slots: SlotRange | null;
  clock: Clock;
  log: Logger;
};

const lookMs = 1_000;
const mostAtOnce = 256;

/**
 * A cluster that is read by SCAN as a whole: one primary after the other, and all of them again when a slot was on its way
 * meanwhile: its keys may have been seen nowhere.
 */
export class ScannedCluster implements ScannedEnd {
  readonly #deps: ScannedClusterDeps;
  readonly #primaries: ClusterPrimaries;
  readonly #dirty = new Map<string, DirtyKeys>();
  #told: ExpiryFacts = { hasExpireTime: false, hasTime: false };
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  private constructor(deps: ScannedClusterDeps) {
    this.#deps = deps;
    this.#primaries = new ClusterPrimaries(deps.directory, deps.name);
  }

  /** Listens before the first key is read, so that no change falls in between. */
  static async open(deps: ScannedClusterDeps, isFollowed: boolean, signal: AbortSignal): Promise<ScannedCluster> {
    const end = new ScannedCluster(deps);
    try {
      await end.#primaries.refresh(signal);
      if (isFollowed) await end.listen(signal);
      return end;
    } catch (error) {
      await end.close();
      throw error;
    }
  }

  get isTelling(): boolean {
    return this.#dirty.size > 0;
  }

  /** A primary that is not listened to may have told of keys. */
  get isBroken(): boolean {
    const listened = [...this.#dirty.keys()].sort().join();
    return listened !== this.#primaries.ids.join() || [...this.#dirty.values()].some((dirty) => dirty.isBroken);
  }

  async *scan(signal: AbortSignal): AsyncGenerator<Buffer> {
    const { clock, log } = this.#deps;
    let records: Awaited<ReturnType<typeof beginRecords>> | null = null;
    for (;;) {
      const before = await this.#atRest(signal);
      const nodes = await this.#nodes();
      this.#told = {
        hasExpireTime: nodes.every(({ facts }) => facts.hasExpireTime),
        hasTime: nodes.every(({ facts }) => facts.hasTime),
      };
      records ??= await beginRecords(nodes);
      for (const node of nodes) yield* scanNode(records, node, { clock, signal });
      if ((await this.#primaries.slots(signal)) === before) break;
      log.warn('Slots of the source moved while it was read: it is read again');
    }
    records.end();
    yield records.take();
  }

  async changes(signal: AbortSignal): Promise<Buffer | null> {
    const { clock } = this.#deps;
    if (clock.monotonic() - this.#lookedAtMs >= lookMs) {
      this.#lookedAtMs = clock.monotonic();
      await this.#primaries.refresh(signal);
    }
    const commands: Command[] = [];
    for (const dirty of this.#dirty.values()) {
      const taken = dirty.take(mostAtOnce);
      if (!taken) continue;
      const { db } = taken;
      for (const [connection, keys] of this.#byOwner(taken, dirty)) {
        const options = { clock, ...this.#told };
        const found = await rereadKeys(connection, { db, keys }, options);
        commands.push(['SELECT', db], ...found.commands);
        // On their way to another node: they are asked for there when that has them.
        for (const key of found.moved) dirty.add(db, key);
      }
    }
    return commands.length > 0 ? encodeCommands(commands) : null;
  }

  async listen(signal: AbortSignal): Promise<void> {
    if (this.isTelling && !this.isBroken) return;
    await this.#stopListening();
    await this.#primaries.refresh(signal);
    for (const member of this.#primaries.members) {
      const dirty = await DirtyKeys.open(this.#primaries.addressOf(member), signal, this.#owns);
      if (!dirty) return this.#stopListening();
      this.#dirty.set(member.id, dirty);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#primaries.close(), this.#stopListening()]);
  }

  async #stopListening(): Promise<void> {
    const all = [...this.#dirty.values()];
    this.#dirty.clear();
    await Promise.all(all.map((dirty) => dirty.close()));
  }

  /** Waits until no slot is on its way; returns who has which. */
  async #atRest(signal: AbortSignal): Promise<string> {
    for (;;) {
      const slots = await this.#primaries.slots(signal);
      if (slots !== null) return slots;
      await this.#deps.clock.sleep(lookMs, signal);
    }
  }

  get #owns() {
    return this.#deps.slots ? inSlots(this.#deps.slots) : undefined;
  }

  #nodes(): Promise<ScanNode[]> {
    const owns = this.#owns;
    return Promise.all(
      this.#primaries.connections.map(async (connection) => {
        const node = { connection, facts: await readFacts(connection) };
        if (!owns || !this.#deps.slots) return node;
        return { ...node, part: { owns, keys: await countKeys(connection, this.#deps.slots) } };
      }),
    );
  }

  #byOwner({ db, keys }: { db: number; keys: readonly Buffer[] }, dirty: DirtyKeys): Map<Connection, Buffer[]> {
    const parts = new Map<Connection, Buffer[]>();
    for (const key of keys) {
      const owner = this.#primaries.of(keySlot(key));
      const part = owner && parts.get(owner);
      if (!owner) dirty.add(db, key);
      else if (part) part.push(key);
      else parts.set(owner, [key]);
    }
    return parts;
  }
}
