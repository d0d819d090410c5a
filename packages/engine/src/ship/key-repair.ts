import { doubtsKey } from '../write/bookkeeping.ts';
import type { TargetSession } from '../write/target-session.ts';
import { DoubtfulKeys } from '../snapshot-keys/doubtful-keys.ts';
import { keySlot } from '@cacheferry/topology';
import { DoubtRecord } from '../snapshot-keys/doubt-record.ts';
import type { KeySnapshot } from '../snapshot-keys/fetch-snapshots.ts';
import { type KeyId, keyId, keyOf } from '../snapshot-keys/key-id.ts';
import { PendingSnapshots } from '../snapshot-keys/pending-snapshots.ts';
import type { HeldExpiries } from './held-expiries.ts';
import type { ShipDeps } from './ship-deps.ts';
import { SourceWitness } from './source-witness.ts';

/** A command that is shipped so long after it was received may find keys expired that its source still had. */
export const lateMs = 500;
const pageKeys = 128;

/** Whether single keys are watched: those of a cluster are only where they are spread over servers of a pool. */
export const watchesKeys = ({ openSource, slots, rules }: ShipDeps): boolean =>
  openSource !== undefined && (!slots || rules?.isOfOneServer === true);

/**
 * Notices keys that the target has lost by itself, and mends them from the source.
 *
 * A target that is behind drops a key at its time although the source, by a later command that is still on its way,
 * gave it more or changed it. So while that may be, commands that depend on a key are preceded by an EXISTS for it; a
 * key that was missing, and what was made from it, is doubtful until a snapshot of the source is written over it.
 */
export class KeyRepair {
  readonly doubts: DoubtfulKeys;
  readonly pending = new PendingSnapshots();
  readonly record: DoubtRecord;
  /** Whether commands that are shipped now are to be preceded by a look at their keys. */
  isProbing = false;
  readonly #deps: ShipDeps;
  readonly #held: HeldExpiries;
  readonly witness: SourceWitness;
  /** Commands up to this offset were run by the source longer ago than their reception tells. */
  #oldUpTo = Number.POSITIVE_INFINITY;
  #lastReceivedAtMs: number | null = null;

  constructor(deps: ShipDeps, held: HeldExpiries) {
    this.#deps = deps;
    this.#held = held;
    this.doubts = new DoubtfulKeys(deps.keysDir);
    this.witness = new SourceWitness(deps);
    this.record = new DoubtRecord(doubtsKey(deps.task, deps.shard), this.doubts);
  }

  /** Whether keys are to be mended. */
  get isDue(): boolean {
    return this.doubts.size > 0 && !this.witness.isSilent;
  }

  /** Whether the source can be asked for keys. */
  get canAskSource(): boolean {
    return this.#isWatching;
  }

  get #isWatching(): boolean {
    return !this.witness.isSilent && watchesKeys(this.#deps);
  }

  /** Takes up what an earlier attempt left to be mended. */
  async recall({ connection }: TargetSession): Promise<void> {
    // Where slots moved, all of their keys are read anew.
    if (watchesKeys(this.#deps)) await this.record.recall(connection);
  }

  /** A full sync begins: all keys come anew. */
  restart(): void {
    this.doubts.flush(null);
    this.pending.drop();
    this.#oldUpTo = Number.POSITIVE_INFINITY;
    this.isProbing = false;
    this.tell(0);
  }

  /** Decides whether the part of the stream that comes next is to be probed. */
  async look(at: number, receivedAtMs: number): Promise<void> {
    const now = this.#deps.clock.now();
    const since = Math.min(receivedAtMs, this.#lastReceivedAtMs ?? receivedAtMs);
    this.#lastReceivedAtMs = receivedAtMs;
    // Nothing expires on the target before the source's word while all expiries are held.
    if (this.#held.holdsAll || !this.#isWatching) {
      this.isProbing = false;
      return;
    }
    if (now - since > lateMs && at >= this.#oldUpTo) this.#oldUpTo = Number.POSITIVE_INFINITY;
    if (this.#oldUpTo === Number.POSITIVE_INFINITY)
      this.#oldUpTo = (await this.witness.offset()) ?? Number.POSITIVE_INFINITY;
    this.isProbing = at < this.#oldUpTo;
  }

  /** Whether a batch that was begun then ran too late to be sure of what it did without probes. */
  isLate(startedAtMs: number): boolean {
    if (this.#held.holdsAll || !this.#isWatching) return false;
    return this.#deps.clock.monotonic() - startedAtMs > lateMs;
  }

  /**
   * Takes snapshots of the next keys. Everything that was shipped, up to `shipped`, must be judged.
   * False when there is nothing to wait for.
   */
  async fetch(shipped: number): Promise<boolean> {
    if (this.pending.nextDue < Number.POSITIVE_INFINITY) return true;
    const page = this.#page().map((id) => ({ id, origins: this.#originsOf(id) }));
    const taken = await this.witness.snapshots(page.flatMap(({ origins }) => origins));
    if (taken === null) return false;
    const found = new Map(taken.keys.filter(({ payload }) => payload !== null).map((key) => [key.id, key]));
    const keys = page.map(({ id, origins }) =>
      this.#asOnTarget(
        id,
        origins.map((origin) => found.get(origin)),
      ),
    );
    return this.pending.offer({ ...taken, keys }, shipped);
  }

  #page(): KeyId[] {
    const gate = this.#deps.slots?.gate;
    if (!gate) return this.doubts.page(pageKeys);
    for (;;) {
      const page = this.doubts.page(pageKeys, (id) => keySlot(keyOf(id).key));
      const [first] = page;
      if (first === undefined || gate.isMine(keyOf(first).key)) return page;
      // The slot has moved on, and is settled elsewhere.
      for (const id of page) this.doubts.settle(id);
    }
  }

  /** The names that a key of the target may have on the source: with rules there may be several, or none. */
  #originsOf(id: KeyId): KeyId[] {
    const { rules } = this.#deps;
    if (!rules) return [id];
    const { db, key } = keyOf(id);
    return rules.dbOrigins(db).flatMap((from) => rules.keyOrigins(key).map((name) => keyId(from, name)));
  }

  #asOnTarget(id: KeyId, found: readonly (KeySnapshot | undefined)[]): KeySnapshot {
    const { rules, clock } = this.#deps;
    const one = found.find((snapshot) => snapshot !== undefined);
    if (!one) return { id, payload: null, expireAtMs: 0 };
    const isChanged = one.expireAtMs > 0 && rules?.changesExpiry === true;
    return { ...one, id, expireAtMs: isChanged ? rules.expiry(one.expireAtMs, clock.now()) : one.expireAtMs };
  }

  /** Shows from where on the target may differ: nobody is to take it for level. */
  tell(from: number): void {
    const { tally } = this.#deps;
    tally.doubtfulFrom = this.isDue ? (tally.doubtfulFrom ?? from) : null;
  }

  close(): Promise<void> {
    this.doubts.clear();
    return this.witness.close();
  }
}
