import { FerryError } from '@cacheferry/kernel';
import { moduleNameAt, type RdbMagic, readDumpPayload } from '@cacheferry/rdb';
import { safeText } from '@cacheferry/resp';
import { type Batch, BatchPool } from '../write/batch.ts';
import { checkpointKey, shardField } from '../write/bookkeeping.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import { CommitLane, type Committed, type ElementError } from '../write/commit-lane.ts';
import { argumentsOf, judgeElement, judgeRefusal, keyExists } from '../write/judge-replies.ts';
import type { SendMemory } from '../write/send-memory.ts';
import type { TargetSession } from '../write/target-session.ts';
import { isSameOnTarget } from './compare-value.ts';
import { judgeDoubts } from './judge-doubts.ts';
import type { KeyRepair } from './key-repair.ts';
import { firstCheckpoint, noHistory, PlannedCheckpoint } from './planned-checkpoint.ts';
import { isEmptyEntry } from './recode.ts';
import type { HeldExpiries } from './held-expiries.ts';
import type { Refusals } from './refusals.ts';
import type { ShardMemory } from './shard-memory.ts';
import type { ShipDeps } from './ship-deps.ts';

const moduleType = 7;

/**
 * Commits batches in order, each with the checkpoint it reaches, and books what came of them.
 *
 * Counted, acknowledged to the source and shown is only what the target answered.
 */
export class Committer {
  readonly memory: SendMemory;
  readonly pool: BatchPool;
  readonly lane: CommitLane;
  planned = new PlannedCheckpoint(firstCheckpoint({ replicationId: noHistory, offset: 0 }, 'rdb'));
  readonly #deps: ShipDeps;
  readonly #session: TargetSession;
  readonly #refusals: Refusals;
  readonly #held: HeldExpiries;
  readonly #repair: KeyRepair;
  readonly #signal: AbortSignal;
  readonly #place: { key: string; field: string; fields: readonly string[] };
  #committedAtMs: number;

  constructor(
    deps: ShipDeps,
    session: TargetSession,
    state: { memory: ShardMemory; repair: KeyRepair; attempt: AbortController; signal: AbortSignal },
  ) {
    this.#deps = deps;
    this.#session = session;
    this.#refusals = state.memory.refusals;
    this.#held = state.memory.held;
    this.#repair = state.repair;
    this.memory = state.memory.send.restart();
    this.pool = new BatchPool(this.memory);
    this.#signal = state.signal;
    this.#committedAtMs = deps.clock.monotonic();
    const key = checkpointKey(deps.task);
    this.#place = { key, field: shardField(deps.shard), fields: session.claim.fields };
    this.lane = new CommitLane({
      connection: session.connection,
      checkpointKey: key,
      epoch: session.claim.epoch,
      addendum: (batch) => state.repair.record.commandsFor(batch),
      onCommitted: (batch, outcome) => this.#book(batch, outcome),
      onRefused: (batch, refused) => this.#refused(batch, refused),
      onFailed: (error) => state.attempt.abort(error),
    });
  }

  /** Since when nothing was committed, for the checkpoint of an idle stream. */
  get idleMs(): number {
    return this.#deps.clock.monotonic() - this.#committedAtMs;
  }

  /** Sends a batch, when pause and rates allow it. Resolves when its EXEC is on its way. */
  async submit(batch: Batch, phase: Checkpoint['phase']): Promise<void> {
    const { control, limiter } = this.#deps;
    if (control.isPaused) await control.whilePaused(this.#signal);
    const { rateKeys, rateBytes } = control.rates;
    if (rateKeys + rateBytes > 0) await limiter.take(batch.effects, batch.sizeBytes, this.#signal);
    this.#signal.throwIfAborted();
    await this.commit(batch, phase);
  }

  /** The same at once, whatever pause and rates say: for our own upkeep. */
  async commit(batch: Batch, phase: Checkpoint['phase']): Promise<void> {
    if (this.#held.isAny) this.planned.hold(true);
    const to = { phase, at: batch.reached, db: batch.sourceDb, keys: batch.keys };
    batch.seal(this.planned.advance(to), this.#place);
    if (phase === 'stream') this.#deps.tally.sentOffset = batch.reached;
    await this.lane.submit(batch);
  }

  /** Books an element that did not arrive; the next checkpoint says so too. */
  lose(...loss: Parameters<ShipDeps['lost']['add']>): void {
    const [{ class: name, count }] = loss;
    this.#deps.lost.add(...loss);
    this.#deps.tally.addLost(name, count);
    this.planned.addLost(name, count);
  }

  /** A collection without elements is no key: it counts neither as done nor as lost. */
  skipEmpty(db: number, key: Buffer): void {
    this.#deps.lost.note('A collection without elements was left out', { db, key });
    this.#deps.tally.keysSkipped++;
    this.planned.takeBack(0, 1);
  }

  async #book(batch: Batch, { errors, zeros }: Committed): Promise<void> {
    const { tally, receiver, clock } = this.#deps;
    this.#committedAtMs = clock.monotonic();
    const excused = batch.checkpoint?.phase === 'stream' ? this.#doubt(batch, errors, zeros) : null;
    if (batch.groups.length > 0) this.#checkGroups(batch, errors, zeros);
    let missing = 0;
    for (const error of errors) if (!excused?.has(error.element)) missing += await this.#judge(batch, error);
    if (missing > 0) this.planned.takeBack(missing, 0);
    const checkpoint = batch.checkpoint as Checkpoint;
    tally.keysDone += batch.keys - missing;
    tally.commandsDone += batch.effects;
    tally.bytesOut += batch.sizeBytes;
    if (checkpoint.phase === 'stream') {
      tally.offset = checkpoint.at;
      receiver.acknowledge({ phase: 'stream', at: checkpoint.at });
    } else tally.rdbBytesDone = Math.max(tally.rdbBytesDone, checkpoint.at);
    this.pool.give(batch);
    this.#deps.onCommit();
  }

  /** A group with a key that is there already was not written at all: the next attempt writes its strings alone. */
  #checkGroups(batch: Batch, errors: readonly ElementError[], zeros: readonly number[]): void {
    const failed = errors.find(({ element }) => batch.groups.includes(element));
    if (!failed && !batch.groups.some((element) => zeros.includes(element))) return;
    this.#refusals.groups = true;
    const reason = failed ? safeText(failed.error.message) : 'a key is there already';
    throw new FerryError('target.refused', { endpoint: this.#session.profile.endpoint, command: 'MSETNX', reason });
  }

  /** Keeps the doubtful keys up with a batch; returns elements that failed because of them. */
  #doubt(batch: Batch, errors: readonly ElementError[], zeros: readonly number[]): Set<number> | null {
    const { doubts } = this.#repair;
    const isUnsure = batch.probes !== 'all' && this.#repair.isLate(batch.startedAtMs);
    if (!isUnsure && !batch.hasProbes && doubts.size === 0) return null;
    // Its commands are not at hand any more: the next attempt looks at them again in the stream.
    if (batch.isSpilled) throw new FerryError('endpoint.timeout', { endpoint: this.#session.connection.endpoint });
    const failed = new Set(errors.map(({ element }) => element));
    const excused = judgeDoubts(batch, doubts, { zeros: new Set(zeros), failed, isUnsure });
    this.#repair.tell((batch.checkpoint as Checkpoint).seenAt);
    return excused;
  }

  /** Deals with one failed command. Returns how many keys are not on the target because of it. */
  async #judge(batch: Batch, failed: ElementError): Promise<number> {
    const { connection } = this.#session;
    const { options, tally, errors } = this.#deps;
    const doubtfulUntil = this.#deps.mayRepeat ? Number.POSITIVE_INFINITY : this.planned.doubtfulUntil;
    const context = { connection, policy: options.onConflict, doubtfulUntil };
    const verdict = judgeElement(batch, failed, context);
    const args = argumentsOf(batch.commandOf(failed.element));
    const db = batch.dbOf(failed.element);
    const isKey = args[0]?.toString('latin1') === 'RESTORE';
    if (verdict.kind === 'unreadable') throw this.#unreadable(batch.markOf(failed.element), args[3] as Buffer, failed);
    if (verdict.kind === 'own') return 0;
    if (verdict.kind === 'doubtful' && (await this.#isOwn(db, args))) return 0;
    if (verdict.kind === 'doubtful' && options.onConflict !== 'skip') throw keyExists(connection.endpoint, args[1], db);
    if (verdict.kind === 'lost') {
      errors.add(verdict.error.code);
      const detail = verdict.error.message;
      this.lose({ class: verdict.class, count: 1, detail, db, ...(args[1] ? { key: args[1] } : {}) });
      return verdict.class === 'refused' && batch.checkpoint?.phase !== 'stream' ? 1 : 0;
    }
    tally.keysSkipped++;
    this.planned.takeBack(0, 1);
    return isKey ? 1 : 0;
  }

  /** Whether a key was written by this task: the target had none before, or the value is the one that was to be written. */
  async #isOwn(db: number, args: readonly Buffer[]): Promise<boolean> {
    if (this.#session.claim.origin === 'empty' && !this.#refusals.groups) return true;
    const connection = await this.#deps.openTarget(this.#signal);
    try {
      const [, key, , payload] = args as [Buffer, Buffer, Buffer, Buffer];
      return await isSameOnTarget(connection, { db, key, payload, magic: this.#magic });
    } finally {
      await connection.close();
    }
  }

  /** Notes what the target does not read; the next attempt sends another form of it, or leaves it out. */
  #unreadable(mark: number, payload: Buffer, { error }: ElementError): FerryError {
    const { types, modules, entries } = this.#refusals;
    const type = payload[0] as number;
    const { endpoint } = this.#session.profile;
    if (type === moduleType) modules.add(moduleNameAt(payload, 1).name);
    else if (types.has(type) || isEmptyEntry(type, this.#magic, readDumpPayload(payload).body)) entries.add(mark);
    else types.add(type);
    return new FerryError('target.refused', { endpoint, command: 'RESTORE', reason: safeText(error.message) });
  }

  /** The family in whose dialect payloads for the target are written. */
  get #magic(): RdbMagic {
    return this.#session.profile.product === 'valkey' ? 'VALKEY' : 'REDIS';
  }

  #refused(batch: Batch, refused: ElementError): Error {
    const error = judgeRefusal(batch, refused, this.#session.connection);
    if (error.code !== 'target.refused') return error;
    if (batch.groups.includes(refused.element)) this.#refusals.groups = true;
    else {
      const isStream = batch.checkpoint?.phase === 'stream';
      const isUnknown = /^ERR unknown command/i.test(refused.error.message);
      if (isStream && isUnknown) this.#refusals.names.add(String(error.facts.command));
      else (isStream ? this.#refusals.commands : this.#refusals.entries).add(batch.markOf(refused.element));
    }
    return error;
  }
}
