import type { ShipDeps } from '../ship/ship-deps.ts';
import type { DoubtfulKeys } from '../snapshot-keys/doubtful-keys.ts';
import type { Batch } from '../write/batch.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import type { ClusterStore } from './cluster-store.ts';

const storeEveryMs = 500;
/** So many bytes of an RDB may be sent before the checkpoint says that they may be there. */
const copyAheadBytes = 67_108_864;
/** The same of the stream: keys that were used there are read anew when an engine was killed. */
const streamAheadBytes = 4_194_304;

export type CheckpointKeeperOptions = {
  deps: ShipDeps;
  store: ClusterStore;
  doubts: DoubtfulKeys;
  /** Of the stream nothing behind it was sent by anybody before. */
  sentUntil: number;
  planned: () => Checkpoint;
  onFailed: (error: unknown) => void;
};

/**
 * Keeps a cluster's checkpoint up with what was booked: twice a second, and when something must not go on without it.
 *
 * Before something is sent the checkpoint says that it may be there, though nobody has seen the replies. Before it is moved
 * on, what was found doubtful up to there is recorded.
 */
export class CheckpointKeeper {
  readonly #options: CheckpointKeeperOptions;
  readonly #timer: NodeJS.Timeout;
  #booked: Checkpoint | null = null;
  #saved: Checkpoint | null = null;
  #copiedUntil = 0;
  #earlierUntil: number;
  #sentUntil = 0;
  #allowedUntil = 0;
  #isAllowing = false;
  #saving: Promise<void> = Promise.resolve();
  #savedAtMs = 0;

  constructor(options: CheckpointKeeperOptions) {
    this.#options = options;
    this.#earlierUntil = options.sentUntil;
    this.#timer = setInterval(() => this.#upkeep(), storeEveryMs);
  }

  get saved(): Checkpoint | null {
    return this.#saved;
  }

  /** Of the stream nothing behind it was ever sent. */
  get sentUntil(): number {
    return Math.max(this.#earlierUntil, this.#sentUntil, this.#allowedUntil);
  }

  /** Goes on from there; null: from a full sync that is new. */
  start(from: Checkpoint | null): void {
    this.#booked = from;
    this.#saved = from;
    this.#copiedUntil = from && from.phase !== 'stream' ? from.at : 0;
    if (from) return;
    this.#earlierUntil = 0;
    this.#sentUntil = 0;
    this.#allowedUntil = 0;
  }

  /** Everything up to there is known to be in. */
  book(checkpoint: Checkpoint): void {
    this.#booked = checkpoint;
  }

  /** Entries up to there are to be sent. */
  async reserve(before: Checkpoint, at: number): Promise<void> {
    if (this.#copiedUntil >= at) return;
    this.#booked ??= { ...before, at: 0, seenAt: 0 };
    this.#copiedUntil = at + copyAheadBytes;
    await this.save();
  }

  /** A batch of the stream is to be sent. */
  async allow(batch: Batch): Promise<void> {
    if (batch.queued === 0) return;
    const upTo = Math.max(batch.reached, batch.markOf(batch.queued - 1));
    this.#sentUntil = Math.max(this.#sentUntil, upTo);
    if (upTo + streamAheadBytes / 2 <= this.#allowedUntil || (this.#isAllowing && upTo <= this.#allowedUntil)) return;
    this.#isAllowing = true;
    const saving = this.save();
    const done = () => {
      this.#isAllowing = false;
    };
    saving.then(done, done);
    if (upTo > this.#allowedUntil) await saving;
  }

  /** Has the checkpoint say all that was booked. */
  async drain(): Promise<void> {
    if (this.#isDue) await this.save();
  }

  /** Nothing is on its way, and nothing more will be sent for now. */
  async rest(): Promise<void> {
    await this.#saving;
    if (this.#booked?.phase !== 'stream' || this.#allowedUntil <= this.#booked.at) return;
    this.#sentUntil = this.#booked.at;
    await this.#write(0);
  }

  save(): Promise<void> {
    const saving = this.#saving.then(() => this.#write(streamAheadBytes));
    this.#saving = saving;
    saving.catch((error: unknown) => this.#options.onFailed(error));
    return saving;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#saving.catch(() => {});
  }

  get #isDue(): boolean {
    return this.#booked !== this.#saved || this.#options.doubts.hasUnwritten;
  }

  async #write(aheadBytes: number): Promise<void> {
    const { deps, store, doubts, planned } = this.#options;
    const booked = this.#booked;
    if (!booked) return;
    const { lost, keysSkipped, isHolding, replicationId } = planned();
    const known = { ...booked, lost, keysSkipped, isHolding, replicationId, keysDone: deps.tally.keysDone };
    const isStream = booked.phase === 'stream';
    const at = isStream ? booked.at : Math.max(booked.seenAt, this.#copiedUntil);
    const { unwritten } = doubts;
    doubts.written();
    const sentUntil = Math.max(this.#earlierUntil, Math.max(this.#sentUntil, isStream ? at : 0) + aheadBytes);
    await store.save({ ...known, at }, { sentUntil, doubtful: unwritten });
    this.#allowedUntil = sentUntil;
    this.#saved = booked;
    this.#savedAtMs = deps.clock.monotonic();
    if (isStream) {
      deps.tally.offset = booked.at;
      deps.receiver.acknowledge({ phase: 'stream', at: booked.at });
    }
    deps.onCommit();
  }

  #upkeep(): void {
    const isTime = this.#options.deps.clock.monotonic() - this.#savedAtMs >= storeEveryMs;
    if (isTime && this.#isDue) this.save().catch(() => {});
  }
}
