import { FerryError } from '@cacheferry/kernel';
import type { FullSyncReason, SpoolPart, SpoolReader } from '../recv/receiver.ts';
import { ClusterCommitter } from '../route/cluster-committer.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import { hasFieldTtl, hasHashSetEx } from '../write/target-profile.ts';
import type { TargetSession } from '../write/target-session.ts';
import { buildFullSync, buildIncrementalSync, type StageContext } from './build-stages.ts';
import type { BatchWriter } from './batch-writer.ts';
import { Committer } from './committer.ts';
import type { FullSync } from './full-sync.ts';
import { HeldRelease, holdDuringFullSyncMs, type ReleaseTime } from './held-release.ts';
import type { IncrementalSync } from './incremental-sync.ts';
import { firstCheckpoint, noHistory, PlannedCheckpoint } from './planned-checkpoint.ts';
import type { KeyRepair } from './key-repair.ts';
import type { ShipDeps } from './ship-deps.ts';
import type { ShardMemory } from './shard-memory.ts';
import { SlotSettle } from './slot-settle.ts';
import { sweepTarget } from './sweep-target.ts';

export type Attempt = {
  /** Ends this attempt: stop, loss of the lock, failure of the lane. */
  signal: AbortSignal;
  controller: AbortController;
};

/** What an attempt begins with; `known`: the checkpoint that it goes on from. */
export type Start = {
  memory: ShardMemory;
  repair: KeyRepair;
  known: Checkpoint | null;
  /** Of the stream nothing behind it was sent before. */
  sentUntil: number;
  /** Up to there something may be on the target of which nobody has seen what came of it. */
  reviewUntil: number;
};

/** How long a stream without data may go without a checkpoint. */
const idleCheckpointMs = 1_000;
/** A stream that is behind by less than this, with nothing to read, has caught up. */
const caughtUpBytes = 65_536;

/**
 * One attempt to bring a shard to the target: from the spool through the stages into the lane, until the end, a stop or
 * an error. Whatever it has not committed is read again by the next attempt.
 */
export class Shipment {
  readonly #deps: ShipDeps;
  readonly #session: TargetSession;
  readonly #memory: ShardMemory;
  readonly #signal: AbortSignal;
  readonly #reader: SpoolReader;
  readonly #committer: BatchWriter;
  readonly #release: HeldRelease;
  readonly #repair: KeyRepair;
  /** Where the source is a cluster. */
  readonly #settle: SlotSettle | null;
  #fullSync: FullSync | null = null;
  #incremental: IncrementalSync | null = null;

  constructor(
    deps: ShipDeps,
    session: TargetSession,
    reader: SpoolReader,
    { memory, repair, known, sentUntil, reviewUntil, signal, controller }: Attempt & Start,
  ) {
    this.#deps = deps;
    this.#session = session;
    this.#reader = reader;
    this.#memory = memory;
    this.#repair = repair;
    this.#signal = signal;
    const state = { memory, repair, signal, sentUntil, attempt: controller };
    this.#committer = session.state ? new ClusterCommitter(deps, session, state) : new Committer(deps, session, state);
    this.#release = new HeldRelease(deps, session, this.#committer, memory.held);
    const { fields } = memory.held;
    fields.isOn = deps.isReplay && deps.mode === 'sync' && hasFieldTtl(session.profile);
    fields.hasSetEx = hasHashSetEx(session.profile);
    fields.isLost = deps.isReplay && deps.mode === 'sync' && !fields.isOn;
    this.#settle = deps.slots ? new SlotSettle(this.#context, deps.slots) : null;
    if (known) this.#goOn(known, reviewUntil);
  }

  /** Reads and ships until nothing more comes, or the signal ends it. */
  async run(): Promise<void> {
    try {
      await this.#release.recall();
      for (let part = await this.#next(); part !== null; part = await this.#next()) {
        await this.#take(part);
        if (part.kind === 'rdb_end' && this.#deps.mode === 'full') break;
      }
      await this.#flush(true);
      await this.#committer.lane.drain();
      if (this.#incremental) await this.#release.finishAll(this.#incremental);
    } finally {
      this.#closeFullSync();
      await this.#settle?.close();
      await this.#release.close();
      await this.#committer.close();
    }
  }

  /** After a stop: waits until what was sent is in, and gives held keys their real expiry. */
  async settle(): Promise<void> {
    await this.#committer.lane.drain();
    const stream = this.#incremental;
    if (!stream || stream.stage.isInTransaction || stream.isSkipping) return;
    await this.#mend(stream);
    await this.#release.finish(stream);
    await this.#committer.rest();
  }

  /** Mends what is in doubt as far as the stream is shipped. */
  async #mend(stream: IncrementalSync): Promise<void> {
    if (stream.isSkipping) return;
    if (!stream.stage.isInTransaction) await this.#settle?.step(stream);
    await this.#mendAll(stream);
    this.#repair.tell(stream.boundary);
  }

  async #mendAll(stream: IncrementalSync): Promise<void> {
    const { pending } = this.#repair;
    const { stage } = stream;
    while (this.#repair.isDue && !stage.isInTransaction) {
      if (pending.nextDue <= stream.boundary)
        stage.doubt.write(stage.open, pending.takeUpTo(stream.boundary), stream.boundary);
      await stream.flush();
      if (pending.nextDue < Number.POSITIVE_INFINITY) return;
      await this.#committer.lane.drain();
      if (!this.#repair.isDue || !(await this.#repair.fetch(stream.boundary))) return;
      if (pending.nextDue > stream.boundary) return;
    }
  }

  /** The next part; what is not a full batch is sent when the source has nothing more for now. */
  async #next(): Promise<SpoolPart | null> {
    const pending = this.#reader.read(this.#signal);
    pending.catch(() => {});
    let first = await Promise.race([pending, turn()]);
    while (first === 'idle') {
      this.#signal.throwIfAborted();
      await this.#flush(false);
      if (this.#incremental) await this.#mend(this.#incremental);
      await this.#releaseHeld('idle');
      this.#noteLevel();
      first = await Promise.race([pending, ...this.#unfinished()]);
    }
    return first;
  }

  /** What ends a wait for the source: held keys and keys to be mended are looked after even when it says nothing. */
  #unfinished(): Promise<'idle'>[] {
    if (this.#release.isDue || this.#repair.isDue || this.#settle?.isDue) return [this.#release.pause(this.#signal)];
    const { lane } = this.#committer;
    if (!lane.isBusy) return [];
    return [lane.drain().then(() => 'idle' as const)];
  }

  /** With nothing left to read, the target has caught up with its source. */
  #noteLevel(): void {
    const stream = this.#incremental;
    if (!stream || !this.#release.isLevel || this.#repair.isBehind) return;
    const received = this.#deps.receiver.status().receivedOffset ?? 0;
    if (received - stream.boundary >= caughtUpBytes) return;
    this.#memory.held.holdsAll = false;
    this.#deps.onPhase('incremental_sync');
  }

  async #take(part: SpoolPart): Promise<void> {
    switch (part.kind) {
      case 'full_sync':
        return this.#begin(part);
      case 'rdb':
        return this.#needFullSync().take(part.bytes);
      case 'rdb_end':
        return this.#endFullSync(part.at);
      case 'stream':
        return this.#takeStream(part);
      case 'replication_id':
        await this.#flush(true);
        this.#committer.planned.rename(part.replicationId);
        this.#memory.history.rename(part.replicationId);
        this.#deps.slots?.gate.rename(part.replicationId, this.#incremental?.boundary ?? 0);
        // What the server before said of places that its heir never reached is void.
        this.#repair.pending.drop();
    }
  }

  async #takeStream({ at, bytes, receivedAtMs }: SpoolPart & { kind: 'stream' }): Promise<void> {
    this.#deps.tally.quietOffset = null;
    const stream = this.#needIncremental(at);
    await this.#repair.look(at, receivedAtMs);
    await stream.probe(this.#repair.isProbing);
    stream.stage.doubt.trust(stream.stage.open, this.#repair.isTrusting);
    this.#release.hold(receivedAtMs);
    stream.stage.begin(this.#deps.clock.monotonic());
    try {
      await stream.take(bytes, receivedAtMs);
    } catch (error) {
      throw this.#asDamage(error, stream.boundary);
    }
    if (this.#settle?.isDue || (this.#repair.isDue && !this.#repair.isProbing)) await this.#mend(stream);
    await this.#releaseHeld(receivedAtMs);
  }

  /** Bytes that are no stream may have been damaged on their way: once, they are fetched again. */
  #asDamage(error: unknown, at: number): unknown {
    const isUnreadable = error instanceof FerryError && /^(protocol\.malformed|stream\.invalid)$/.test(error.code);
    if (!isUnreadable) return error;
    const { shard, receiver, isReplay } = this.#deps;
    const named = new FerryError(error.code, { ...error.facts, endpoint: receiver.status().source }, error.cause);
    if (isReplay || this.#memory.damage?.at === at) return named;
    this.#memory.damage = { at, isFetched: false };
    return new FerryError('stream.damaged', { shard, at, problem: String(error.facts.problem) }, named);
  }

  async #releaseHeld(applied: ReleaseTime): Promise<void> {
    const stream = this.#incremental;
    if (!stream || stream.isSkipping) return;
    if (this.#release.isNow(applied) && !stream.stage.isInTransaction) {
      await stream.flush();
      await this.#release.step(stream, applied);
    }
  }

  async #flush(isLast: boolean): Promise<void> {
    if (this.#fullSync) return this.#fullSync.flush();
    const stream = this.#incremental;
    if (!stream) return;
    const isBehind = stream.boundary > this.#committer.planned.now.at;
    await stream.flush(isBehind && (isLast || this.#committer.idleMs >= idleCheckpointMs));
    this.#deps.tally.quietOffset = stream.stage.open.isEmpty ? stream.boundary : null;
  }

  /** Goes on from a checkpoint. */
  #goOn(known: Checkpoint, reviewUntil: number): void {
    const { tally, slots } = this.#deps;
    slots?.gate.goOn(known);
    this.#committer.planned = new PlannedCheckpoint(known);
    tally.keysDone = known.keysDone;
    tally.keysSkipped = known.keysSkipped;
    tally.lost = { ...known.lost };
    tally.offset = known.phase === 'stream' ? known.at : null;
    tally.sentOffset = tally.offset;
    const isSeen = known.phase !== 'stream' || known.seenAt === known.at;
    const isDoubted = this.#repair.doubts.size > 0;
    tally.doubtfulFrom = isSeen && !isDoubted ? null : Math.min(known.seenAt, isDoubted ? known.at - 1 : known.at);
    const { held } = this.#memory;
    if (known.isHolding) held.needsSearch = true;
    if (known.isHolding) held.fields.goOn();
    if (known.phase === 'stream') return this.#startIncremental(known.seenAt, known.seenDb, reviewUntil);
    tally.rdbBytesDone = known.at;
    this.#startFullSync(known.phase === 'resync');
  }

  /** A full sync begins: the one that the checkpoint speaks of, or a new one that voids it. */
  async #begin({ replicationId, offset, reason }: SpoolPart & { kind: 'full_sync' }): Promise<void> {
    this.#memory.history.begin(replicationId, offset);
    const { now } = this.#committer.planned;
    // A file is the same whenever it is read. A server makes another RDB, even of the same place in its history.
    const isSamePlace = now.replicationId === replicationId && now.fullSyncOffset === offset;
    if (this.#deps.isReplay && isSamePlace && now.phase !== 'stream' && this.#fullSync) return;
    await this.#flush(true);
    await this.#committer.lane.drain();
    const isResync = now.replicationId !== noHistory;
    if (isResync) this.#refuseUnsafeResync(reason);
    const phase = isResync ? 'resync' : 'rdb';
    this.#repair.restart();
    this.#deps.slots?.gate.begin(replicationId, offset);
    this.#committer.planned = new PlannedCheckpoint(firstCheckpoint({ replicationId, offset }, phase));
    this.#deps.tally.restart();
    this.#startFullSync(isResync);
  }

  /** Keys that the target had before must not be taken for those of the void full sync. */
  #refuseUnsafeResync(reason: FullSyncReason): void {
    const { isReplay, receiver } = this.#deps;
    if (isReplay) throw new FerryError('source.file_changed', { path: receiver.status().source });
    const isOverwriting = this.#deps.options.onConflict === 'overwrite';
    const isTold = this.#session.claim.origin === 'empty' || (this.#memory.prior.isKnown && this.#memory.prior.load());
    if (!isTold && !isOverwriting) throw new FerryError('migration.resync_refused', { reason });
  }

  #startFullSync(isResync: boolean): void {
    const { clock, mode } = this.#deps;
    if (mode === 'sync') {
      this.#memory.held.untilMs = clock.now() + holdDuringFullSyncMs;
      this.#memory.held.holdsAll = true;
    }
    this.#incremental = null;
    this.#closeFullSync();
    this.#fullSync = buildFullSync(this.#context, isResync);
    this.#deps.onPhase('full_sync');
  }

  async #endFullSync(rdbBytes: number): Promise<void> {
    await this.#needFullSync().finish();
    this.#closeFullSync();
    this.#deps.tally.rdbBytesDone = rdbBytes;
    if (this.#committer.planned.now.phase === 'resync') await sweepTarget(this.#context, rdbBytes, this.#signal);
    const { fullSyncOffset } = this.#committer.planned.now;
    const last = this.#committer.pool.take();
    last.reached = fullSyncOffset;
    await this.#committer.submit(last, 'stream');
    if (this.#deps.mode === 'sync') this.#startIncremental(fullSyncOffset, 0);
  }

  #closeFullSync(): void {
    this.#fullSync?.close();
    this.#fullSync = null;
  }

  #startIncremental(offset: number, db: number, reviewUntil = 0): void {
    this.#incremental = buildIncrementalSync(this.#context);
    this.#incremental.start(offset, db);
    this.#incremental.stage.doubt.reviewUntil = reviewUntil;
    this.#deps.onPhase('catching_up');
  }

  get #context(): StageContext {
    const { refusals, held, prior } = this.#memory;
    return {
      deps: this.#deps,
      session: this.#session,
      committer: this.#committer,
      repair: this.#repair,
      refusals,
      held,
      prior,
      signal: this.#signal,
    };
  }

  #needFullSync(): FullSync {
    if (this.#fullSync) return this.#fullSync;
    throw new FerryError('internal.unexpected', {}, new Error('bytes of an RDB came outside of a full sync'));
  }

  #needIncremental(at: number): IncrementalSync {
    if (this.#incremental?.next === at) return this.#incremental;
    throw new FerryError('internal.unexpected', {}, new Error(`the stream goes on at ${at}, which does not fit`));
  }
}

const turn = (): Promise<'idle'> => new Promise((resolve) => setImmediate(resolve, 'idle'));
