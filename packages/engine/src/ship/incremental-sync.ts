import { FerryError } from '@cacheferry/kernel';
import type { CommandScanner } from '@cacheferry/resp';
import type { Batch } from '../write/batch.ts';
import { CommandStage } from './command-stage.ts';
import type { CommandStageOptions } from './command-stage-options.ts';
import { FlushOrder } from './flush-in-scope.ts';
import type { SlotGate } from './slot-gate.ts';
import { Splice } from './splice.ts';

export type IncrementalSyncHooks = {
  submit: (batch: Batch) => Promise<void>;
  /** Sends what a transaction has so far, because it is too large to be held. */
  spill: (batch: Batch) => Promise<void>;
  /** Removes what is in scope from the target. */
  flush: (order: FlushOrder) => Promise<void>;
};

/** What a stream of one shard of a cluster asks about its commands. */
export type SlotHooks = {
  gate: SlotGate;
  /** Removes the shard's keys of a database; all before is sent. */
  flush: (order: FlushOrder & { db: number }) => Promise<void>;
};

/** A transaction of the source that is larger is sent to the target while it is still being read. */
const spillBytes = 33_554_432;

/** Reads the replication stream piece by piece into batches. */
export class IncrementalSync {
  readonly stage: CommandStage;
  readonly #hooks: IncrementalSyncHooks;
  readonly #splice: Splice;
  readonly #slots: SlotHooks | null;
  /** The end of the flush before which the walk stopped, and the database that it is about. */
  #held: { offset: number; db: number } | null = null;
  readonly #at = { offset: 0, receivedAtMs: 0 };
  /** Stream offset of the first byte that is not walked. */
  #offset = 0;

  constructor(options: CommandStageOptions, hooks: IncrementalSyncHooks, slots: SlotHooks | null = null) {
    this.stage = new CommandStage(options);
    this.#hooks = hooks;
    this.#slots = slots;
    const { scanner } = this.stage;
    const walk = (buffer: Buffer, start: number, end: number) => this.#walk(buffer, start, end);
    const isHeld = () => this.#held !== null;
    this.#splice = new Splice({
      walk,
      get isHeld() {
        return isHeld();
      },
      get needBytes() {
        return Math.max(1, scanner.needed);
      },
    });
  }

  /** Begins at an offset that is outside of any transaction. */
  start(offset: number, db: number): void {
    this.#offset = offset;
    this.stage.start(offset, db);
  }

  /** The offset up to which everything is in batches. */
  get boundary(): number {
    return this.stage.boundary;
  }

  /** Whether what comes next is on the target already, and only looked at. */
  get isSkipping(): boolean {
    return this.stage.doubt.isSkipping(this.boundary + 1);
  }

  /** The offset from which bytes are to come next. */
  get next(): number {
    return this.#offset + this.#splice.heldBytes;
  }

  /** Takes the next bytes of the stream and sends the batches that they fill. */
  async take(bytes: Buffer, receivedAtMs: number): Promise<void> {
    const { stage } = this;
    this.#at.receivedAtMs = receivedAtMs;
    for (const _ of this.#splice.take(bytes)) {
      void _;
      while (stage.ready.length > 0) await this.#commit(stage.ready.shift() as Batch | FlushOrder);
      if (stage.open.sizeBytes > spillBytes) await this.#hooks.spill(stage.open);
      if (this.#held !== null) await this.#whileHeld(this.#held);
    }
  }

  /** Has the commands that come next preceded by a look at their keys, or not any more. */
  async probe(isProbing: boolean): Promise<void> {
    if (this.stage.doubt.isProbing === isProbing) return;
    await this.flush();
    this.stage.setProbing(isProbing);
  }

  /** Sends what is not a full batch yet; with `always` also a mere checkpoint. */
  async flush(always = false): Promise<void> {
    if (this.stage.isInTransaction || (this.stage.open.isEmpty && !always)) return;
    await this.#hooks.submit(this.stage.takeOpen());
  }

  #commit(next: Batch | FlushOrder): Promise<void> {
    return next instanceof FlushOrder ? this.#hooks.flush(next) : this.#hooks.submit(next);
  }

  /** Does what slots say about a command. Returns false when it is to be taken as it is, and null when it has to wait. */
  #isDealtWith({ gate }: SlotHooks, bytes: Buffer): boolean | null {
    const { stage } = this;
    const at = this.#at;
    switch (gate.admit(stage.scanner, bytes, at.offset)) {
      case 'pass':
        return false;
      case 'drop':
        stage.pass(at);
        return true;
      default:
        // What is only looked at again was flushed already.
        if (stage.doubt.isSkipping(at.offset)) return false;
        this.#held = { offset: at.offset, db: isFlushDb(stage.scanner) ? stage.db : 0 };
        stage.scanner.reset();
        return null;
    }
  }

  /** Sends all before a flush, and does it. */
  async #whileHeld({ offset, db }: { offset: number; db: number }): Promise<void> {
    if (!this.#slots) return;
    const { isInTransaction, boundary, boundaryDb } = this.stage;
    if (isInTransaction) throw new FerryError('source.flush_in_transaction');
    await this.flush();
    await this.#slots.flush({ offset: boundary, sourceDb: boundaryDb, db });
    this.#slots.gate.clear(offset);
  }

  #walk(buffer: Buffer, start: number, end: number): number {
    const { stage } = this;
    const { scanner } = stage;
    const bytes = end === buffer.length ? buffer : buffer.subarray(0, end);
    this.#held = null;
    let at = start;
    for (;;) {
      const next = scanner.next(bytes, at);
      if (next < 0) return at;
      this.#at.offset = this.#offset + next - at;
      const isDone = this.#slots ? this.#isDealtWith(this.#slots, bytes) : false;
      if (isDone === null) return at;
      // A master sends empty lines only; other words without a length are bytes that were damaged.
      if (bytes[at] !== 0x2a && scanner.count > 0)
        throw new FerryError('stream.invalid', { problem: 'a line that is no command' });
      this.#offset += next - at;
      if (!isDone) stage.take(bytes, at, next, this.#at);
      at = next;
    }
  }
}

/** Of a flush: whether it is one of the current database. */
const isFlushDb = (scanner: CommandScanner): boolean => scanner.endOf(0) - scanner.startOf(0) === 'FLUSHDB'.length;
