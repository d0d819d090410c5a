import { FerryError } from '@cacheferry/kernel';
import { type Connection, safeText } from '@cacheferry/resp';
import { type Batch, BatchPool } from '../write/batch.ts';
import { checkpointKey, shardField } from '../write/bookkeeping.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import { CommitLane, type Committed, type ElementError } from '../write/commit-lane.ts';
import type { SendMemory } from '../write/send-memory.ts';
import type { TargetSession } from '../write/target-session.ts';
import { BatchJudge } from './batch-judge.ts';
import type { BatchWriter } from './batch-writer.ts';
import { followBatch } from './follow-batch.ts';
import type { HeldExpiries } from './held-expiries.ts';
import type { KeyRepair } from './key-repair.ts';
import { firstCheckpoint, noHistory, PlannedCheckpoint } from './planned-checkpoint.ts';
import type { Refusals } from './refusals.ts';
import type { ShardMemory } from './shard-memory.ts';
import type { ShipDeps } from './ship-deps.ts';

/**
 * Commits batches in order to one server, each with the checkpoint it reaches, and books what came of them.
 *
 * Counted, acknowledged to the source and shown is only what the target answered.
 */
export class Committer implements BatchWriter {
  readonly memory: SendMemory;
  readonly pool: BatchPool;
  readonly lane: CommitLane;
  planned = new PlannedCheckpoint(firstCheckpoint({ replicationId: noHistory, offset: 0 }, 'rdb'));
  readonly #deps: ShipDeps;
  readonly #endpoint: string;
  readonly #refusals: Refusals;
  readonly #judge: BatchJudge;
  readonly #held: HeldExpiries;
  readonly #repair: KeyRepair;
  readonly #signal: AbortSignal;
  readonly #place: { key: string; field: string; fields: readonly string[] };
  #committedAtMs: number;

  constructor(
    deps: ShipDeps,
    session: TargetSession & { connection: Connection },
    state: { memory: ShardMemory; repair: KeyRepair; attempt: AbortController; signal: AbortSignal },
  ) {
    this.#deps = deps;
    this.#endpoint = session.connection.endpoint;
    this.#held = state.memory.held;
    this.#repair = state.repair;
    this.memory = state.memory.send.restart();
    this.pool = new BatchPool(this.memory);
    this.#signal = state.signal;
    const { refusals } = state.memory;
    this.#refusals = refusals;
    this.#judge = new BatchJudge(deps, session, { refusals, signal: state.signal, planned: () => this.planned });
    this.#committedAtMs = deps.clock.monotonic();
    const key = checkpointKey(deps.task);
    this.#place = { key, field: shardField(deps.shard), fields: session.claim.fields };
    this.lane = new CommitLane({
      connection: session.connection,
      checkpointKey: key,
      epoch: session.claim.epoch,
      addendum: (batch) => state.repair.record.commandsFor(batch),
      onCommitted: (batch, outcome) => this.#book(batch, outcome),
      onRefused: (batch, refused) => this.#judge.refused(batch, refused),
      onFailed: (error) => state.attempt.abort(error),
    });
  }

  get idleMs(): number {
    return this.#deps.clock.monotonic() - this.#committedAtMs;
  }

  get countedUntil(): number {
    return this.planned.doubtfulUntil;
  }

  /** Resolves when its EXEC is on its way. */
  async submit(batch: Batch, phase: Checkpoint['phase']): Promise<void> {
    const { control, limiter } = this.#deps;
    if (control.isPaused) await control.whilePaused(this.#signal);
    const { rateKeys, rateBytes } = control.rates;
    if (rateKeys + rateBytes > 0) await limiter.take(batch.effects, batch.sizeBytes, this.#signal);
    this.#signal.throwIfAborted();
    await this.commit(batch, phase);
  }

  async commit(batch: Batch, phase: Checkpoint['phase']): Promise<void> {
    if (this.#held.isAny) this.planned.hold(true);
    const to = { phase, at: batch.reached, db: batch.sourceDb, keys: batch.keys };
    batch.seal(this.planned.advance(to), this.#place);
    if (phase === 'stream') this.#deps.tally.sentOffset = batch.reached;
    const { isLarge } = batch;
    await this.lane.submit(batch);
    if (isLarge) await this.lane.drain();
  }

  lose(...loss: Parameters<BatchJudge['lose']>): void {
    this.#judge.lose(...loss);
  }

  skipEmpty(db: number, key: Buffer): void {
    this.#judge.skipEmpty(db, key);
  }

  rest(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The commands of a batch are not at hand any more: the next attempt looks at them again in the stream. */
  readonly #refuseSpilled = (): never => {
    throw new FerryError('endpoint.timeout', { endpoint: this.#endpoint });
  };

  async #book(batch: Batch, { errors, zeros }: Committed): Promise<void> {
    const { tally, receiver, clock } = this.#deps;
    this.#committedAtMs = clock.monotonic();
    for (const mark of batch.settled) this.#refusals.unread.delete(mark);
    const isStream = batch.checkpoint?.phase === 'stream';
    const isUnsure = batch.probes !== 'all' && this.#repair.isLate(batch.startedAtMs);
    const excused = isStream
      ? followBatch(batch, this.#repair, { errors, zeros, isUnsure, missing: [], passed: [] }, this.#refuseSpilled)
      : null;
    if (batch.groups.length > 0) this.#checkGroups(batch, errors, zeros);
    const failed = errors.filter(({ element }) => !excused?.has(element));
    const missing = failed.length === 0 ? 0 : await this.#judge.judgeAll(batch, failed);
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
    throw new FerryError('target.refused', { endpoint: this.#endpoint, command: 'MSETNX', reason });
  }
}
