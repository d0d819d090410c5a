import { doubtsKey } from '../write/bookkeeping.ts';
import type { TargetProfile } from '../write/target-profile.ts';
import type { TargetSession } from '../write/target-session.ts';
import { DoubtfulKeys } from '../snapshot-keys/doubtful-keys.ts';
import { keySlot } from '@cacheferry/topology';
import type { Scope } from '../snapshot-keys/fetch-scoped.ts';
import { DoubtRecord } from '../snapshot-keys/doubt-record.ts';
import type { KeySnapshot } from '../snapshot-keys/fetch-snapshots.ts';
import { type KeyId, keyId, keyOf } from '../snapshot-keys/key-id.ts';
import { PendingSnapshots } from '../snapshot-keys/pending-snapshots.ts';
import { followsValues } from './follows-values.ts';
import type { HeldExpiries } from './held-expiries.ts';
import type { RecentKeys } from './recent-keys.ts';
import type { ShardMemory } from './shard-memory.ts';
import type { ShipDeps } from './ship-deps.ts';
import { SourceWitness } from './source-witness.ts';

/** A command that is shipped so long after it was received may find keys expired that its source still had. */
export const lateMs = 500;
/** So long, and as far as the target's clock is ahead, a key that was built up may have been one that was just dropped. */
const recentMs = 2_000;
/** Keys that are asked for at once, by what those before weighed. */
const pageKeys = { first: 128, least: 16, most: 2_048 };
const pageBytes = { light: 262_144, heavy: 4_194_304 };
/** Where every key that changed is read anew; their bytes are bounded too. */
const scopedPageKeys = 512;

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
  readonly recent: RecentKeys;
  readonly witness: SourceWitness;
  /** What is asked of keys that are read under rules about values, or from databases that become one. */
  readonly #scope: Scope | null;
  /** Whether keys are in doubt because they changed, not because the target may have lost them. */
  readonly #isFollowing: boolean;
  /** Commands up to this offset were run by the source longer ago than their reception tells. */
  #oldUpTo = Number.POSITIVE_INFINITY;
  #lastReceivedAtMs: number | null = null;
  #pageKeys = pageKeys.first;
  /** Up to there the stream was late. */
  #lateUpTo = 0;

  constructor(deps: ShipDeps, { held, recent }: ShardMemory, { clockAheadMs }: TargetProfile) {
    this.#deps = deps;
    this.#held = held;
    this.recent = recent;
    recent.spanMs = recentMs + Math.max(0, clockAheadMs);
    this.doubts = new DoubtfulKeys(deps.keysDir);
    this.witness = new SourceWitness(deps);
    this.#scope = scopeOf(deps);
    this.#isFollowing = followsValues(deps);
    this.record = new DoubtRecord(doubtsKey(deps.task, deps.shard), this.doubts);
  }

  /** Whether keys are to be mended. */
  get isDue(): boolean {
    return this.doubts.size > 0 && !this.witness.isSilent;
  }

  /** Whether so much is to be mended, or since so long, that the target is not level: single keys come in all the time. */
  get isBehind(): boolean {
    if (!this.isDue) return false;
    return this.#isFollowing ? this.doubts.size > scopedPageKeys : (this.doubts.oldest ?? 0) <= this.#lateUpTo;
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
    this.#lateUpTo = this.doubts.place;
    // Where slots moved, all of their keys are read anew.
    if (this.#isFollowing || watchesKeys(this.#deps)) await this.record.recall(connection);
  }

  /** A full sync begins: all keys come anew. */
  restart(): void {
    this.doubts.flush(null);
    this.pending.drop();
    this.#oldUpTo = Number.POSITIVE_INFINITY;
    this.isProbing = false;
    this.recent.clear();
    this.#lateUpTo = 0;
    this.doubts.place = 0;
    this.tell(0);
  }

  /** Decides whether the part of the stream that comes next is to be probed. */
  async look(at: number, receivedAtMs: number): Promise<void> {
    const now = this.#deps.clock.now();
    const since = Math.min(receivedAtMs, this.#lastReceivedAtMs ?? receivedAtMs);
    this.#lastReceivedAtMs = receivedAtMs;
    this.recent.pass(receivedAtMs);
    // Nothing expires on the target before the source's word while all expiries are held.
    this.recent.isOn = !this.#isFollowing && !this.#held.holdsAll && this.#isWatching;
    if (!this.recent.isOn) {
      this.isProbing = false;
      return;
    }
    if (now - since > lateMs && at >= this.#oldUpTo) this.#oldUpTo = Number.POSITIVE_INFINITY;
    if (this.#oldUpTo === Number.POSITIVE_INFINITY)
      this.#oldUpTo = (await this.witness.offset()) ?? Number.POSITIVE_INFINITY;
    this.isProbing = at < this.#oldUpTo;
    if (this.isProbing) this.#lateUpTo = at;
  }

  /** Whether a batch that was begun then ran too late to be sure of what it did without probes. */
  isLate(startedAtMs: number): boolean {
    if (this.#isFollowing || this.#held.holdsAll || !this.#isWatching) return false;
    return this.#deps.clock.monotonic() - startedAtMs > lateMs;
  }

  /**
   * Takes snapshots of the next keys. Everything that was shipped, up to `shipped`, must be judged.
   * False when there is nothing to wait for.
   */
  async fetch(shipped: number): Promise<boolean> {
    if (this.pending.nextDue < Number.POSITIVE_INFINITY) return true;
    const page: Asked[] = this.#page().map((id) => ({ id, origins: [] }));
    const name = (databases: ReadonlySet<number> | null) => {
      for (const one of page) one.origins = this.#originsOf(one.id, databases);
      return page.flatMap(({ origins }) => origins);
    };
    const scope = this.#scope;
    const taken = await (scope ? this.witness.scopedSnapshots(name, scope) : this.witness.snapshots(name(null)));
    if (taken === null) return false;
    const told = new Map(taken.keys.map((key) => [key.id, key]));
    const keys = page
      .filter(({ origins }) => origins.every((origin) => told.has(origin)))
      .map(({ id, origins }) =>
        this.#asOnTarget(
          id,
          origins.map((origin) => told.get(origin)),
        ),
      );
    this.#weigh(keys);
    return this.pending.offer({ ...taken, keys }, shipped);
  }

  #weigh(keys: readonly KeySnapshot[]): void {
    const bytes = keys.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0);
    if (bytes > pageBytes.heavy) this.#pageKeys = Math.max(pageKeys.least, this.#pageKeys >> 1);
    else if (bytes < pageBytes.light && keys.length >= this.#pageKeys)
      this.#pageKeys = Math.min(pageKeys.most, this.#pageKeys * 2);
  }

  #page(): KeyId[] {
    const gate = this.#deps.slots?.gate;
    const size = this.#isFollowing ? Math.min(scopedPageKeys, this.#deps.options.batch) : this.#pageKeys;
    if (!gate) return this.doubts.page(size);
    for (;;) {
      const page = this.doubts.page(size, (id) => keySlot(keyOf(id).key));
      const [first] = page;
      if (first === undefined || gate.isMine(keyOf(first).key)) return page;
      // The slot has moved on, and is settled elsewhere.
      for (const id of page) this.doubts.settle(id);
    }
  }

  /** The names that a key of the target may have on the source: with rules there may be several, or none. */
  #originsOf(id: KeyId, databases: ReadonlySet<number> | null): KeyId[] {
    const { rules } = this.#deps;
    if (!rules) return [id];
    const { db, key } = keyOf(id);
    const from = databases
      ? [...databases].filter((origin) => rules.takesDb(origin) && rules.mapDb(origin) === db)
      : rules.dbOrigins(db);
    if (from.length === 0) return [];
    const names = rules.keyOrigins(key);
    return from.flatMap((origin) => names.map((name) => keyId(origin, name)));
  }

  #asOnTarget(id: KeyId, found: readonly (KeySnapshot | undefined)[]): KeySnapshot {
    const { rules, clock } = this.#deps;
    const one = found.find((snapshot) => snapshot && snapshot.payload !== null);
    if (!one) return { id, payload: null, expireAtMs: 0 };
    const isChanged = one.expireAtMs > 0 && rules?.changesExpiry === true;
    return { ...one, id, expireAtMs: isChanged ? rules.expiry(one.expireAtMs, clock.now()) : one.expireAtMs };
  }

  /** Shows from where on the target may differ: nobody is to take it for level. */
  tell(from: number): void {
    this.#deps.tally.doubtfulFrom = this.isDue ? (this.doubts.oldest ?? from) : null;
  }

  close(): Promise<void> {
    this.doubts.clear();
    return this.witness.close();
  }
}

/** A key of the target, and what it may be called on the source. */
type Asked = { id: KeyId; origins: KeyId[] };

function scopeOf({ rules, clock }: ShipDeps): Scope | null {
  if (!rules?.hasValues && !rules?.mapsDatabases) return null;
  const nowMs = () => clock.now();
  return { takes: (facts) => rules.takesValue(facts, nowMs()), looksAtSize: rules.looksAtSize, nowMs };
}
