import { fromCommandInfo, learnCommand } from '@cacheferry/commands';
import { toFerryError } from '@cacheferry/kernel';
import { ReplyError } from '@cacheferry/resp';
import { slotCount } from '@cacheferry/topology';
import { BatchJudge } from '../ship/batch-judge.ts';
import type { BatchWriter } from '../ship/batch-writer.ts';
import { firstCheckpoint, noHistory, PlannedCheckpoint } from '../ship/planned-checkpoint.ts';
import type { KeyRepair } from '../ship/key-repair.ts';
import type { ShardMemory } from '../ship/shard-memory.ts';
import type { ShipDeps } from '../ship/ship-deps.ts';
import { type Batch, BatchPool } from '../write/batch.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import type { SendMemory } from '../write/send-memory.ts';
import type { TargetSession } from '../write/target-session.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { ClusterLink } from './cluster-link.ts';
import type { ClusterState } from './cluster-session.ts';
import { ClusterStore } from './cluster-store.ts';
import { EvictedSlots } from './evicted-slots.ts';
import { GroupSender, merge, noOutcome, type Outcome } from './group-sender.ts';
import { LoneCommands } from './lone-commands.ts';
import { noSuchDatabase } from './no-such-database.ts';
import { OutcomeJudge } from './outcome-judge.ts';
import { BatchPlanner, type LoneCommand, type Step } from './plan-batch.ts';
import { SendCopy } from './send-copy.ts';
import { removal } from './slot-doubts.ts';
import type { SlotGroup } from './slot-group.ts';

const batchesInFlight = 4;
const lookEveryMs = 1_000;

export type ClusterSession = TargetSession & { connection: ClusterLink; state: ClusterState };

type CommitterState = {
  memory: ShardMemory;
  repair: KeyRepair;
  attempt: AbortController;
  signal: AbortSignal;
  /** Of the stream nothing behind it was sent by anybody before. */
  sentUntil: number;
};

/**
 * Brings batches to the nodes of a cluster: entries of a full sync side by side, commands of the stream in the order of
 * their slots, guarded ones together with their slot's checkpoint.
 *
 * A few batches are under way at once; they are booked in order, and what was booked is what the checkpoint says.
 */
export class ClusterCommitter implements BatchWriter {
  readonly memory: SendMemory;
  readonly pool: BatchPool;
  readonly lane: BatchWriter['lane'];
  readonly #deps: ShipDeps;
  readonly #session: ClusterSession;
  readonly #state: CommitterState;
  readonly #judge: BatchJudge;
  readonly #outcomes: OutcomeJudge;
  readonly #sender: GroupSender;
  readonly #store: ClusterStore;
  readonly #copy: SendCopy;
  readonly #planner: BatchPlanner;
  readonly #lone: LoneCommands;
  readonly #evicted: EvictedSlots;
  readonly #keeper: CheckpointKeeper;
  readonly #timer: NodeJS.Timeout;
  #slots: Float64Array;
  #nodes: ClusterState['nodes'];
  #planned = new PlannedCheckpoint(firstCheckpoint({ replicationId: noHistory, offset: 0 }, 'rdb'));
  #countedUntil = 0;
  #committedAtMs: number;
  #tail: Promise<void> = Promise.resolve();
  readonly #underWay: Promise<void>[] = [];
  readonly #lastUse = new Float64Array(slotCount);
  #sequence = 0;
  #doneThrough = 0;
  #failure: { error: unknown } | null = null;

  constructor(deps: ShipDeps, session: ClusterSession, state: CommitterState) {
    this.#deps = deps;
    this.#session = session;
    this.#state = state;
    const { connection: link, profile, claim } = session;
    const underWay = this.#underWay;
    this.lane = {
      drain: () => this.#drain(),
      spill: (batch) => this.#spill(batch),
      get isBusy() {
        return underWay.length > 0;
      },
    };
    this.memory = state.memory.send.restart();
    this.pool = new BatchPool(this.memory);
    this.#committedAtMs = deps.clock.monotonic();
    this.#slots = session.state.slots;
    this.#nodes = session.state.nodes;
    const received = deps.receiver.status().receivedOffset ?? 0;
    const { refusals } = state.memory;
    this.#judge = new BatchJudge(deps, session, { refusals, signal: state.signal, planned: () => this.planned });
    const repeatedUntil = session.state.known ? Math.max(received, deps.tally.sentOffset ?? 0) : 0;
    this.#outcomes = new OutcomeJudge(this.#judge, state.repair, repeatedUntil);
    this.#sender = new GroupSender({
      endpoint: link.endpoint,
      nodes: link.nodes,
      checkpoints: () => this.#store.slotCommands,
      onUnguarded: (slot) => deps.log.warn('Commands were sent without the checkpoint of their slot', { slot }),
      signal: state.attempt.signal,
    });
    const { task, shard } = deps;
    const { epoch, fields } = claim;
    this.#store = new ClusterStore({
      ...{ link, task, shard, epoch, fields },
      sender: () => this.#sender,
      state: session.state,
      doubts: state.repair.slotRecord,
    });
    this.#keeper = new CheckpointKeeper({
      deps,
      store: this.#store,
      doubts: state.repair.doubts,
      sentUntil: state.sentUntil,
      planned: () => this.#planned.now,
      onFailed: (error) => this.#fail(error),
    });
    this.#evicted = new EvictedSlots(session, () => state.repair.canAskSource);
    const floorOf = (slot: number) => this.#floorOf(slot);
    const isThere = (slot: number, mark: number) => this.#isThere(slot, mark);
    this.#copy = new SendCopy({ nodes: link.nodes, sender: this.#sender, memory: this.memory, isThere });
    this.#lone = new LoneCommands({ link, sender: this.#sender, profile, task, floorOf });
    this.#planner = new BatchPlanner({
      floorOf,
      afterRepair: (slot, id) => removal(task, slot, id),
      onRewritten: (kind) => this.#noteRewritten(kind),
      onSplitTransaction: () => this.#noteRewritten('transaction'),
      noDatabase: (argv) => noSuchDatabase(profile.endpoint, argv),
    });
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  get planned(): PlannedCheckpoint {
    return this.#planned;
  }

  /** A place that nothing was reached of is that of a new full sync. */
  set planned(planned: PlannedCheckpoint) {
    const { phase, at, seenAt } = planned.now;
    const isNew = phase !== 'stream' && at === 0 && seenAt === 0;
    if (isNew) {
      this.#store.begin();
      this.#slots = new Float64Array(slotCount);
      this.#nodes = null;
      this.#session.state.evicted.clear();
      this.#outcomes.repeatedUntil = 0;
    }
    this.#planned = planned;
    this.#keeper.start(isNew ? null : planned.now);
    this.#countedUntil = seenAt;
  }

  get countedUntil(): number {
    return this.#countedUntil;
  }

  get idleMs(): number {
    return this.#deps.clock.monotonic() - this.#committedAtMs;
  }

  async submit(batch: Batch, phase: Checkpoint['phase']): Promise<void> {
    const { control, limiter } = this.#deps;
    const { signal } = this.#state;
    if (control.isPaused) await control.whilePaused(signal);
    const { rateKeys, rateBytes } = control.rates;
    if (rateKeys + rateBytes > 0) await limiter.take(batch.effects, batch.sizeBytes, signal);
    signal.throwIfAborted();
    await this.commit(batch, phase);
  }

  async commit(batch: Batch, phase: Checkpoint['phase']): Promise<void> {
    this.#throwFailure();
    const before = this.#planned.now;
    if (this.#state.memory.held.isAny) this.#planned.hold(true);
    const to = { phase, at: batch.reached, db: batch.sourceDb, keys: batch.keys };
    const checkpoint = this.#planned.advance(to);
    batch.checkpoint = checkpoint;
    if (before.phase !== phase) await this.#settled();
    if (phase === 'stream') this.#deps.tally.sentOffset = batch.reached;
    if (phase === 'stream') await this.#keeper.allow(batch);
    else await this.#keeper.reserve(before, batch.reached);
    const { isLarge } = batch;
    const { work } = phase === 'stream' ? await this.#startStream(batch) : { work: this.#startCopy(batch) };
    this.#enqueue(batch, work);
    if (isLarge) await this.#settled();
    // What the stream does must not begin before the checkpoint says that the copy is whole.
    if (before.phase !== phase && phase === 'stream') return this.#drain();
    while (this.#underWay.length >= batchesInFlight) await this.#underWay[0];
    this.#throwFailure();
  }

  lose(...loss: Parameters<BatchJudge['lose']>): void {
    this.#judge.lose(...loss);
  }

  skipEmpty(db: number, key: Buffer): void {
    this.#judge.skipEmpty(db, key);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#keeper.close();
  }

  rest(): Promise<void> {
    return this.#keeper.rest();
  }

  /** Resolves when everything is in and the checkpoint says so. */
  async #drain(): Promise<void> {
    await this.#settled();
    await this.#keeper.drain();
  }

  async #settled(): Promise<void> {
    await this.#tail;
    this.#throwFailure();
  }

  /** A transaction of the source that is too large to be held is sent in parts: in a cluster it is split anyway. */
  async #spill(batch: Batch): Promise<void> {
    batch.checkpoint = this.#planned.now;
    await this.#keeper.allow(batch);
    const { work } = await this.#startStream(batch);
    await this.#settled();
    await this.#outcomes.judge(batch, await work);
    this.#doneThrough = this.#sequence;
    this.#noteRewritten('transaction');
    const { keys, probes, trusts, tellsMissing, startedAtMs } = batch;
    batch.reset();
    Object.assign(batch, { keys, probes, trusts, tellsMissing, startedAtMs });
    batch.units.push(0);
  }

  #enqueue(batch: Batch, work: Promise<Outcome>): void {
    const sequence = this.#sequence;
    const done = this.#tail.then(async () => {
      await this.#book(batch, await work);
      this.#doneThrough = sequence;
      void this.#underWay.shift();
    });
    work.catch(() => {});
    this.#tail = done;
    this.#underWay.push(done);
    done.catch((error) => this.#fail(error));
  }

  #startCopy(batch: Batch): Promise<Outcome> {
    const { pieceOf } = batch;
    return pieceOf ? this.#tail.then(() => this.#copy.runInOrder(batch, pieceOf)) : this.#copy.run(batch);
  }

  /** Sends what may be sent now: nothing of a slot while something before it is under way there. */
  async #startStream(batch: Batch): Promise<{ work: Promise<Outcome> }> {
    this.#sequence++;
    const outcome = noOutcome();
    const works: Promise<Outcome>[] = [];
    const settle = async () => {
      for (const done of await Promise.all(works.splice(0))) merge(outcome, done);
      return outcome;
    };
    let steps = this.#planner.plan(batch);
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      if ('groups' in step) works.push(...this.#startGroups(step.groups, batch.wantsZeros));
      else {
        await settle();
        await this.#settled();
        steps = [...(await this.#runLone(step.lone, outcome)), ...steps];
      }
    }
    return { work: settle() };
  }

  #startGroups(groups: readonly SlotGroup[], wantsZeros: boolean): Promise<Outcome>[] {
    this.#evicted.pass(groups);
    const free: SlotGroup[] = [];
    const held: SlotGroup[] = [];
    for (const group of groups) {
      const isBusy = (this.#lastUse[group.slot] as number) > this.#doneThrough;
      this.#lastUse[group.slot] = this.#sequence;
      (isBusy ? held : free).push(group);
    }
    const works: Promise<Outcome>[] = [];
    if (free.length > 0) works.push(this.#sender.run(free, wantsZeros));
    if (held.length > 0) works.push(this.#tail.then(() => this.#sender.run(held, wantsZeros)));
    for (const work of works) work.catch(() => {});
    return works;
  }

  /** Returns what it became, when it has become known which keys it has. */
  async #runLone(lone: LoneCommand, outcome: Outcome): Promise<Step[]> {
    if (lone.handling === 'unknown') return this.#learn(lone, outcome);
    this.#noteRewritten(lone.handling);
    if (lone.handling === 'flush') await this.#flush(lone);
    else merge(outcome, await this.#lone.run(lone));
    return [];
  }

  async #learn(lone: LoneCommand, outcome: Outcome): Promise<Step[]> {
    const [name] = lone.argv;
    const rows = await this.#session.connection.call('COMMAND', 'INFO', name as Buffer);
    const spec = Array.isArray(rows) ? fromCommandInfo(rows[0]) : undefined;
    if (spec) {
      learnCommand(spec);
      return this.#planner.planAgain(lone);
    }
    outcome.refused ??= { item: lone.item, error: new ReplyError('ERR unknown command') };
    return [];
  }

  async #flush({ argv }: LoneCommand): Promise<void> {
    await this.#keeper.drain();
    const { saved, sentUntil } = this.#keeper;
    await this.#store.flush(argv, saved ?? this.#planned.now, sentUntil);
    this.#slots.fill(0);
    this.#nodes = null;
  }

  async #book(batch: Batch, outcome: Outcome): Promise<void> {
    const { tally, clock } = this.#deps;
    this.#committedAtMs = clock.monotonic();
    const missing = await this.#outcomes.judge(batch, outcome);
    const checkpoint = batch.checkpoint as Checkpoint;
    tally.keysDone += batch.keys - missing;
    tally.commandsDone += batch.effects;
    tally.bytesOut += batch.sizeBytes;
    const isStream = checkpoint.phase === 'stream';
    // Another shard that waits for this one must not go on before it can no longer be run again.
    if (isStream && !this.#deps.slots) tally.offset = checkpoint.at;
    if (!isStream) tally.rdbBytesDone = Math.max(tally.rdbBytesDone, batch.reached);
    this.#keeper.book(isStream ? checkpoint : { ...checkpoint, seenAt: batch.reached });
    this.pool.give(batch);
  }

  /** A primary that was replaced may not tell: it may be stopped, or cut off with us, and nothing is being sent to it. */
  #look(): void {
    if (this.#failure) return;
    this.#session.connection.nodes.look().then(
      (failure) => failure && this.#fail(failure),
      (error: unknown) => {
        if (toFerryError(error).code === 'target.failover') this.#fail(error);
      },
    );
  }

  #floorOf(slot: number): number {
    const node = this.#nodes?.[slot];
    return Math.max(this.#slots[slot] as number, node?.phase === 'stream' ? node.at : 0);
  }

  #isThere(slot: number, mark: number): boolean {
    const node = this.#nodes?.[slot];
    return node !== undefined && mark >= 0 && (node.phase === 'stream' || mark < node.at);
  }

  #noteRewritten(kind: string): void {
    const { tally, log } = this.#deps;
    const count = tally.addRewritten(kind);
    if (count === 1) log.info('Commands are rewritten because their keys lie in several slots', { kind });
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#state.attempt.abort(error);
    this.#session.connection.nodes.destroy(toFerryError(error));
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
