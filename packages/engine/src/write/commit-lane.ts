import { FerryError } from '@cacheferry/kernel';
import { type Command, type Connection, encodeCommands, ReplyError, type ReplyScanner } from '@cacheferry/resp';
import type { Batch } from './batch.ts';
import { ExecReply } from './exec-reply.ts';

/** The reply to the last command behind a batch. */
type Addendum = { last: Promise<ReplyScanner> | null };

export type ElementError = { element: number; error: ReplyError };

/** What came of a batch. `zeros`: elements answered by 0 or less, for a batch that asks for them. */
export type Committed = { errors: readonly ElementError[]; zeros: readonly number[] };

/** Where a lane commits, and who is told what came of it. */
export type CommitLaneOptions = {
  connection: Connection;
  checkpointKey: string;
  epoch: number;
  /** Commands that go into the batch's transaction behind it, in database 0: all batches before it are known to be in. */
  addendum: (batch: Batch) => Iterable<Command>;
  /** The target ran the batch, but for these commands. May throw: then nothing further is committed. */
  onCommitted: (batch: Batch, outcome: Committed) => Promise<void>;
  /** The target took no command of the batch, because it refused one before EXEC. Returns the error to end with. */
  onRefused: (batch: Batch, refused: ElementError) => Error;
  /** The lane is of no more use. */
  onFailed: (error: unknown) => void;
};

/**
 * One ordered connection to a target over which batches commit strictly one after the other.
 *
 * A batch's commands are sent while the batch before is still being run, its EXEC only when that one is known to be in:
 * so no batch is ever applied behind one that failed. After each EXEC the checkpoint is watched and its epoch read, so
 * an EXEC after another engine took over is void (the target answers null).
 */
export class CommitLane {
  readonly #options: CommitLaneOptions;
  readonly #exec: Buffer;
  #committing: Promise<void> = Promise.resolve();
  #isBusy = false;
  #refused: ElementError | null = null;
  #failure: { error: unknown } | null = null;

  constructor(options: CommitLaneOptions) {
    this.#options = options;
    const key = options.checkpointKey;
    this.#exec = encodeCommands([['EXEC'], ['WATCH', key], ['HGET', key, 'epoch']]);
  }

  /** Sends what a growing transaction has so far; more of it follows before `submit`. */
  async spill(batch: Batch): Promise<void> {
    const replies = batch.unsentReplies;
    const elements = batch.elementOf(0);
    this.#note(await this.#options.connection.callRaw(batch.spill(), replies), elements);
  }

  /** Sends a whole batch. Resolves when the batch before is in and this one's EXEC is on its way. */
  async submit(batch: Batch): Promise<void> {
    this.#throwFailure();
    const queued = this.#options.connection.callRaw(batch.out.view(), batch.unsentReplies);
    queued.catch(() => {});
    await this.#committing;
    this.#throwFailure();
    this.#isBusy = true;
    // Nothing else is sent, and nothing changes of what it tells, until all of it is on its way.
    const added = await this.#sendAddendum(batch);
    this.#committing = this.#commit(batch, queued, added);
    this.#committing.catch((error) => this.#fail(error));
  }

  /** Whether the outcome of a batch is still awaited. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Resolves when everything that was submitted is in. */
  drain(): Promise<void> {
    return this.#committing;
  }

  /** Ends the connection. What was not committed by then never will be. */
  close(): Promise<void> {
    return this.#options.connection.close();
  }

  async #commit(batch: Batch, queued: Promise<ReplyScanner>, { last }: Addendum): Promise<void> {
    const { connection, onCommitted, onRefused, epoch } = this.#options;
    const reply = new ExecReply(batch.wantsZeros);
    const executed = connection.send(this.#exec, reply);
    executed.catch(() => {});
    this.#note(await queued, batch.elementOf(0));
    if (last) this.#note(await last, batch.queued);
    await executed;
    if (this.#refused) throw onRefused(batch, this.#refused);
    this.#throwUnlessRun(reply);
    await onCommitted(batch, { errors: reply.exec.errors, zeros: reply.exec.zeros ?? [] });
    if (reply.epoch !== epoch) throw this.#guardError(reply.epoch);
    this.#isBusy = false;
  }

  /** Command by command: a long one is never held as a whole. */
  async #sendAddendum(batch: Batch): Promise<Addendum> {
    let last: Promise<ReplyScanner> | null = null;
    try {
      for (const command of this.#options.addendum(batch)) {
        if (last) this.#note(await last, batch.queued);
        last = this.#options.connection.callRaw(encodeCommands([command]), 1);
        last.catch(() => {});
      }
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    return { last };
  }

  /** Keeps the first refusal of a command before EXEC. */
  #note(scanner: ReplyScanner, firstElement: number): void {
    const [first] = scanner.errors;
    if (first && !this.#refused) this.#refused = { element: firstElement + first.reply, error: first.error };
  }

  #throwUnlessRun({ exec, epoch }: ExecReply): void {
    const { connection } = this.#options;
    const whole = exec.errors.find(({ element }) => element < 0);
    if (whole) throw connection.classify(reasonOfAbort(whole.error), 'EXEC');
    if (exec.hasNull) throw this.#guardError(epoch);
  }

  #guardError(epoch: number | null): FerryError {
    const { connection } = this.#options;
    if (epoch !== null && epoch > this.#options.epoch) return new FerryError('engine.fenced');
    return epoch === null
      ? new FerryError('target.lost_history', { endpoint: connection.endpoint })
      : new FerryError('endpoint.link_lost', { endpoint: connection.endpoint }, 'the checkpoint was changed by others');
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#options.onFailed(error);
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

/** `EXECABORT … because of: OOM …` is an OOM. */
function reasonOfAbort(error: ReplyError): ReplyError {
  const reason = /^EXECABORT .*because of: (.+)$/s.exec(error.message)?.[1];
  return reason ? new ReplyError(reason) : error;
}
