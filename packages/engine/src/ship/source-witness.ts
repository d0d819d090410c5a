import { FerryError, toFerryError } from '@cacheferry/kernel';
import { type Connection, infoMajor } from '@cacheferry/resp';
import { fetchDatabases, fetchScoped, type Scope } from '../snapshot-keys/fetch-scoped.ts';
import { fetchPlace, fetchSnapshots, type Snapshots } from '../snapshot-keys/fetch-snapshots.ts';
import type { KeyId } from '../snapshot-keys/key-id.ts';
import { followsValues } from './follows-values.ts';
import type { ShipDeps } from './ship-deps.ts';

type Place = { offset: number; replicationId: string };

const againMs = 1_000;
/** What is read at once is held in memory. */
const mostBytes = 16_777_216;

/** Asks the source itself: how far its stream is, and what single keys hold. Patient with one that is away for a while. */
export class SourceWitness {
  /** The source may not be asked, now or ever: what it could have told stays unknown. */
  isSilent: boolean;
  readonly #deps: ShipDeps;
  #connection: Connection | null = null;
  #hasExpireTime = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(deps: ShipDeps) {
    this.#deps = deps;
    this.isSilent = deps.openSource === undefined;
  }

  /** The offset of the source's stream now; null when it cannot be had at the moment. */
  async offset(): Promise<number | null> {
    return (await this.ask((connection) => fetchPlace(connection)))?.offset ?? null;
  }

  /** Whether it is asked for what it could tell: where slots have moved always, and the run ends if it may not be. */
  get isAsked(): boolean {
    return !this.isSilent || this.#deps.slots?.isDue() === true;
  }

  /** Reads groups of keys, some side by side; what cannot be had of them is left out. Null when nothing can be had now. */
  async each(
    groups: readonly (readonly KeyId[])[],
    atOnce: number,
    read: (connection: Connection, ids: readonly KeyId[]) => Promise<Snapshots>,
  ): Promise<Snapshots[] | null> {
    const taken = await this.ask(async (connection) => {
      const parts: Snapshots[] = [];
      for (let at = 0, bytes = 0; at < groups.length && bytes < mostBytes; at += atOnce) {
        const some = await Promise.allSettled(groups.slice(at, at + atOnce).map((ids) => read(connection, ids)));
        const told = some.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
        parts.push(...told);
        bytes += told.flatMap(({ keys }) => keys).reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0);
        const refused = some.find((one) => one.status === 'rejected');
        if (refused && (parts.length === 0 || connection.failure)) throw refused.reason;
      }
      const { offset, replicationId } = parts[0] as Snapshots;
      return { offset, replicationId, parts };
    });
    return taken && taken.parts.filter(({ replicationId }) => replicationId === taken.replicationId);
  }

  snapshots(connection: Connection, ids: readonly KeyId[]): Promise<Snapshots> {
    return fetchSnapshots(connection, ids, { hasExpireTime: this.#hasExpireTime });
  }

  /**
   * The same of what is in scope; `idsIn` names the keys, of the databases that hold anything. What the answer does not
   * name has to be asked for again.
   */
  async scopedSnapshots(
    connection: Connection,
    idsIn: (databases: ReadonlySet<number>) => readonly KeyId[],
    scope: Scope,
  ): Promise<Snapshots> {
    for (;;) {
      const databases = await fetchDatabases(connection);
      const options = { scope, databases, hasExpireTime: this.#hasExpireTime };
      const taken = await fetchScoped(connection, idsIn(databases), options);
      if (taken) return taken;
    }
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    this.#connection = null;
  }

  /** Asks it for something; null when it cannot be had at the moment. */
  async ask<T extends Place>(ask: (connection: Connection) => Promise<T>): Promise<T | null> {
    const { clock } = this.#deps;
    if (!this.isAsked || clock.monotonic() < this.#notBeforeMs) return null;
    try {
      const answer = await ask(await this.#connect());
      if (this.#isOfOurStream(answer)) return answer;
      await this.close();
    } catch (thrown) {
      this.#note(toFerryError(thrown));
      await this.close();
    }
    this.#notBeforeMs = clock.monotonic() + againMs;
    return null;
  }

  /** A source that failed over may answer before its stream has: its offsets count another history. */
  #isOfOurStream({ replicationId }: Place): boolean {
    const ours = this.#deps.receiver.status().replicationId;
    return replicationId === '' || ours === null || replicationId === ours;
  }

  #note(error: FerryError): void {
    if (this.#deps.slots) return this.#noteOfCluster(error);
    if (followsValues(this.#deps) && !error.spec.retry) throw this.#refused(error);
    if (error.spec.retry) return this.#deps.onTrouble(error);
    this.isSilent = true;
    this.#deps.onTrouble(this.#refused(error));
  }

  #refused(error: FerryError): FerryError {
    const endpoint = this.#connection?.endpoint ?? String(error.facts.endpoint ?? '?');
    return new FerryError('source.snapshot_refused', { endpoint, reason: error.message }, error);
  }

  /** Slots that are on their way are asked for again; a server that lets nothing be read will not do so later. */
  #noteOfCluster(error: FerryError): void {
    if (error.code === 'endpoint.no_permission' || error.code === 'endpoint.unknown_command') {
      if (this.#deps.slots?.isDue() || followsValues(this.#deps)) throw this.#refused(error);
      this.isSilent = true;
      return this.#deps.onTrouble(this.#refused(error));
    }
    if (error.code !== 'endpoint.redirected') this.#deps.onTrouble(error);
  }

  async #connect(): Promise<Connection> {
    if (this.#connection && !this.#connection.failure) return this.#connection;
    if (!this.#deps.openSource) throw new Error('there is no source to be asked');
    const connection = await this.#deps.openSource(new AbortController().signal);
    this.#hasExpireTime = infoMajor(await connection.call('INFO', 'server')) >= 7;
    this.#connection = connection;
    return connection;
  }
}
