import type { Connection } from '@cacheferry/resp';
import { NodeExpiries } from '../route/node-expiries.ts';
import { SlotDoubts } from '../route/slot-doubts.ts';
import { doubtsKey } from '../write/bookkeeping.ts';
import type { TargetSession } from '../write/target-session.ts';
import { DoubtfulKeys } from '../snapshot-keys/doubtful-keys.ts';
import { keySlot } from '@cacheferry/topology';
import type { Scope } from '../snapshot-keys/fetch-scoped.ts';
import { DoubtRecord } from '../snapshot-keys/doubt-record.ts';
import type { KeySnapshot, Snapshots } from '../snapshot-keys/fetch-snapshots.ts';
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
/** Slots that are asked for at once. */
const groupsAtOnce = 64;
/** Where every key that changed is read anew; their bytes are bounded too. */
const scopedPageKeys = 512;

/** Whether single keys are watched: their source has to be asked for them. */
export const watchesKeys = ({ openSource }: ShipDeps): boolean => openSource !== undefined;

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
  /** Where they are recorded: on one server, and in a cluster. */
  readonly record: DoubtRecord;
  readonly slotRecord: SlotDoubts;
  readonly isCluster: boolean;
  /** Whether commands that are shipped now are late, but needed no look as long as the nodes drop no key. */
  isTrusting = false;
  readonly #expiries: NodeExpiries;
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
  /** When this engine began. */
  readonly #sinceMs: number;

  constructor(deps: ShipDeps, { held, recent, sinceMs }: ShardMemory, { profile, state }: TargetSession) {
    this.#deps = deps;
    this.#held = held;
    this.#sinceMs = sinceMs;
    this.recent = recent;
    recent.spanMs = recentMs + Math.max(0, profile.clockAheadMs);
    this.doubts = new DoubtfulKeys(deps.keysDir);
    this.witness = new SourceWitness(deps);
    this.#scope = scopeOf(deps);
    this.#isFollowing = followsValues(deps);
    this.isCluster = state !== undefined;
    this.#expiries = new NodeExpiries(deps.clock, () => deps.openTarget(new AbortController().signal));
    this.record = new DoubtRecord(doubtsKey(deps.task, deps.shard), this.doubts);
    this.slotRecord = new SlotDoubts(deps.task, this.doubts);
  }

  /** Whether keys are to be mended. */
  get isDue(): boolean {
    return this.doubts.size > 0 && this.witness.isAsked;
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
    if (!watchesKeys(this.#deps)) return;
    await (this.isCluster ? this.slotRecord : this.record).recall(connection);
  }

  /**
   * Up to where the stream is to be looked at again: what an earlier attempt may have sent to a cluster, though nobody has
   * seen what came of it, lies before `sentUntil`, and before where the source is now.
   */
  async reviewUntil(sentUntil: number): Promise<number> {
    if (this.#isFollowing || !this.#isWatching) return 0;
    return Math.min(sentUntil, (await this.witness.offset()) ?? sentUntil);
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
      this.isTrusting = false;
      this.#expiries.forget();
      return;
    }
    if (now - since > lateMs && at >= this.#oldUpTo) this.#oldUpTo = Number.POSITIVE_INFINITY;
    if (this.#oldUpTo === Number.POSITIVE_INFINITY)
      this.#oldUpTo = (await this.witness.offset()) ?? Number.POSITIVE_INFINITY;
    const isLate = at < this.#oldUpTo;
    const isEarly = this.#dropsEarly;
    if (isLate) this.#lateUpTo = at;
    else if (this.isCluster) await this.#expiries.level();
    this.isTrusting = isLate && !isEarly && (await this.isQuiet());
    this.isProbing = isEarly || (isLate && !this.isTrusting);
  }

  /** Whether the target, by the rules, drops keys that the source still has and may change. */
  get #dropsEarly(): boolean {
    const { rules, isResumed, clock } = this.#deps;
    if (!rules || rules.earlyAfterMs === Number.POSITIVE_INFINITY) return false;
    return isResumed || clock.monotonic() - this.#sinceMs >= rules.earlyAfterMs;
  }

  /** Whether no node of the target has dropped a key since the target was level; of one server it is not known. */
  isQuiet(): Promise<boolean> {
    return this.isCluster ? this.#expiries.isQuiet() : Promise.resolve(false);
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
    const groups = this.#page();
    if (groups.length === 0) return false;
    const atOnce = this.#scope ? 1 : groupsAtOnce;
    const taken = await this.witness.each(groups, atOnce, (connection, ids) => this.#read(connection, ids));
    if (taken === null) return false;
    this.#weigh(taken.flatMap(({ keys }) => keys));
    return taken.filter((part) => this.pending.offer(part, shipped)).length > 0;
  }

  /** Reads keys of the target from the source, under the names that they have there. */
  async #read(connection: Connection, ids: readonly KeyId[]): Promise<Snapshots> {
    const page: Asked[] = ids.map((id) => ({ id, origins: [] }));
    const name = (databases: ReadonlySet<number> | null) => {
      for (const one of page) one.origins = this.#originsOf(one.id, databases);
      return page.flatMap(({ origins }) => origins);
    };
    const { witness } = this;
    const scope = this.#scope;
    const taken = await (scope
      ? witness.scopedSnapshots(connection, name, scope)
      : witness.snapshots(connection, name(null)));
    const told = new Map(taken.keys.map((key) => [key.id, key]));
    const keys = page
      .filter(({ origins }) => origins.every((origin) => told.has(origin)))
      .map(({ id, origins }) =>
        this.#asOnTarget(
          id,
          origins.map((origin) => told.get(origin)),
        ),
      );
    return { ...taken, keys };
  }

  #weigh(keys: readonly KeySnapshot[]): void {
    const bytes = keys.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0);
    if (bytes > pageBytes.heavy) this.#pageKeys = Math.max(pageKeys.least, this.#pageKeys >> 1);
    else if (bytes < pageBytes.light && keys.length >= this.#pageKeys)
      this.#pageKeys = Math.min(pageKeys.most, this.#pageKeys * 2);
  }

  /** The next keys; of a cluster slot by slot, because one transaction reads one slot only. */
  #page(): KeyId[][] {
    const gate = this.#deps.slots?.gate;
    const size = this.#isFollowing ? Math.min(scopedPageKeys, this.#deps.options.batch) : this.#pageKeys;
    for (;;) {
      const page = this.doubts.page(size);
      if (page.length === 0) return [];
      if (!gate) return [page];
      const mine = page.filter((id) => gate.isMine(keyOf(id).key));
      // Slots that have moved on are settled elsewhere.
      if (mine.length < page.length) for (const id of page) if (!gate.isMine(keyOf(id).key)) this.doubts.settle(id);
      if (mine.length > 0) return bySlot(mine);
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

  async close(): Promise<void> {
    this.doubts.clear();
    await this.#expiries.close();
    await this.witness.close();
  }
}

function bySlot(ids: readonly KeyId[]): KeyId[][] {
  const slots = new Map<number, KeyId[]>();
  for (const id of ids) {
    const slot = keySlot(keyOf(id).key);
    const own = slots.get(slot);
    if (own) own.push(id);
    else slots.set(slot, [id]);
  }
  return [...slots.values()];
}

/** A key of the target, and what it may be called on the source. */
type Asked = { id: KeyId; origins: KeyId[] };

function scopeOf({ rules, clock }: ShipDeps): Scope | null {
  if (!rules?.hasValues && !rules?.mapsDatabases) return null;
  const nowMs = () => clock.now();
  return { takes: (facts) => rules.takesValue(facts, nowMs()), looksAtSize: rules.looksAtSize, nowMs };
}
