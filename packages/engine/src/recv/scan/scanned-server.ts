import type { Clock } from '@cacheferry/kernel';
import { type Connection, encodeCommands, openConnection } from '@cacheferry/resp';
import type { ServerAddress } from '@cacheferry/topology';
import { DirtyKeys } from './dirty-keys.ts';
import { type ExpiryFacts, rereadKeys } from './reread-keys.ts';
import { beginRecords, readFacts, scanNode } from './scan-source.ts';
import type { ScannedEnd } from './scanned-end.ts';

type Address = ServerAddress & { name: string };
export type ScannedServerDeps = { clock: Clock; locate: (signal: AbortSignal) => Promise<Address> };

const mostAtOnce = 256;

/** One server that is read by SCAN. */
export class ScannedServer implements ScannedEnd {
  readonly #deps: ScannedServerDeps;
  readonly #connection: Connection;
  #dirty: DirtyKeys | null;
  #told: ExpiryFacts = { hasExpireTime: false, hasTime: false };

  private constructor(deps: ScannedServerDeps, connection: Connection, dirty: DirtyKeys | null) {
    this.#deps = deps;
    this.#connection = connection;
    this.#dirty = dirty;
  }

  /** Listens before the first key is read, so that no change falls in between. */
  static async open(deps: ScannedServerDeps, isFollowed: boolean, signal: AbortSignal): Promise<ScannedServer> {
    const address = await deps.locate(signal);
    const dirty = isFollowed ? await DirtyKeys.open(address, signal) : null;
    return new ScannedServer(deps, await openConnection({ ...address, db: 0, sharesReads: true, signal }), dirty);
  }

  get isTelling(): boolean {
    return this.#dirty !== null;
  }

  get isBroken(): boolean {
    return this.#dirty?.isBroken === true;
  }

  async *scan(signal: AbortSignal): AsyncGenerator<Buffer> {
    const node = { connection: this.#connection, facts: await readFacts(this.#connection) };
    this.#told = node.facts;
    const records = await beginRecords([node]);
    yield* scanNode(records, node, { clock: this.#deps.clock, signal });
    records.end();
    yield records.take();
  }

  async changes(): Promise<Buffer | null> {
    const taken = this.#dirty?.take(mostAtOnce);
    if (!taken) return null;
    const options = { clock: this.#deps.clock, ...this.#told };
    const { commands } = await rereadKeys(this.#connection, taken, options);
    return encodeCommands([['SELECT', taken.db], ...commands]);
  }

  async listen(signal: AbortSignal): Promise<void> {
    if (this.#dirty && !this.#dirty.isBroken) return;
    await this.#dirty?.close();
    this.#dirty = await DirtyKeys.open(await this.#deps.locate(signal), signal);
  }

  async close(): Promise<void> {
    await Promise.all([this.#connection.close(), this.#dirty?.close()]);
  }
}
