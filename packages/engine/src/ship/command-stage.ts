import { FerryError } from '@cacheferry/kernel';
import { CommandScanner } from '@cacheferry/resp';
import { keyId } from '../snapshot-keys/key-id.ts';
import type { Batch } from '../write/batch.ts';
import { absoluteExpiry, type ExpiryContext, type Words } from './absolute-expiry.ts';
import { ArgumentView } from './argument-view.ts';
import { checkDatabase } from './check-database.ts';
import { commandKind, CommandKinds } from './command-kinds.ts';
import type { CommandStageOptions, StreamPlace } from './command-stage-options.ts';
import type { DoubtStage } from './doubt-stage.ts';
import { fullBatchBytes } from './entry-stage.ts';
import { FieldReplay } from './field-replay.ts';
import { FlushOrder } from './flush-in-scope.ts';
import { type LeftOut, lostWith } from './left-out.ts';
import { plainHashSet } from './plain-hash-set.ts';
import { subjectOf } from './subject-of.ts';
import { rewriteRestore } from './restore-rewriter.ts';
import { cannotFollow, RuledCommands, type Ruling } from './ruled-commands.ts';
import { trimForPop } from './trim-for-pop.ts';

/** What they change holds for all that comes behind them, though they have run already. */
const turning: ReadonlySet<number> = new Set([commandKind.select, commandKind.multi, commandKind.exec]);

/** Where sentinels tell each other of themselves. */
const sentinelChannel = '__SENTINEL__:HELLO';

/**
 * Turns the replication stream into batches of commands, in order.
 *
 * A transaction of the source stays whole: a batch may end only where `isBoundary` holds.
 * Hot path: a plain command is looked up by its bytes and copied; no string, object or promise for it.
 */
export class CommandStage {
  /** What is to be committed, in order. */
  readonly ready: (Batch | FlushOrder)[] = [];
  readonly scanner = new CommandScanner();
  /** The source's current database in the stream. */
  db = 0;
  /** What it is on the target. */
  #targetDb = 0;
  /** Offset behind the last command that may end a batch. */
  boundary = 0;
  /** The database that holds there. */
  boundaryDb = 0;
  #takenAtMs = 0;
  #isReviewing = false;
  #isSkipping = false;
  readonly #options: CommandStageOptions;
  readonly #kinds = new CommandKinds();
  readonly #args = new ArgumentView(this.scanner);
  readonly #context: ExpiryContext;
  readonly #ruled: RuledCommands | null;
  readonly #fields: FieldReplay | null;
  #isInTransaction = false;
  #batch: Batch;

  constructor(options: CommandStageOptions) {
    this.#options = options;
    this.#batch = options.pool.take();
    this.#context = {
      receivedAtMs: 0,
      dialect: options.dialect,
      heldUntilMs: Number.NEGATIVE_INFINITY,
      place: (key, atMs) => this.#place(key, atMs),
      hold: (key, value) => options.held.fields.hold({ db: this.#targetDb, key }, value, options.restoreTarget.product),
    };
    const { fields } = options.held;
    const isReplay = fields.isOn || fields.isLost;
    this.#fields = isReplay ? new FieldReplay(fields, options.restoreTarget.nowMs, options.onLeftOut) : null;
    this.#ruled = options.ruling && this.#ruledBy(options.ruling);
    if (!options.hasPopCount) this.#kinds.watchPops();
    for (const name of options.refusals.names) this.#kinds.refuse(name);
  }

  get open(): Batch {
    return this.#batch;
  }

  /** Whether the open batch ends inside a transaction of the source, and so cannot be committed yet. */
  get isInTransaction(): boolean {
    return this.#isInTransaction;
  }

  get doubt(): DoubtStage {
    return this.#options.doubt;
  }

  setProbing(isProbing: boolean): void {
    this.doubt.isProbing = isProbing;
    this.doubt.mark(this.#batch);
  }

  /** Bytes are handed over at that time of the monotonic clock. */
  begin(takenAtMs: number): void {
    this.#takenAtMs = takenAtMs;
    if (this.#batch.isEmpty) this.#batch.startedAtMs = takenAtMs;
  }

  /** The batch that is being filled, to be sent now; never inside a transaction. */
  takeOpen(): Batch {
    const batch = this.#batch;
    batch.reached = this.boundary;
    batch.sourceDb = this.boundaryDb;
    this.#batch = this.#options.pool.take();
    this.#batch.startedAtMs = this.#takenAtMs;
    this.doubt.mark(this.#batch);
    return batch;
  }

  /** Begins at a place of the stream that is outside of any transaction. */
  start(offset: number, db: number): void {
    this.#enter(db);
    this.boundary = offset;
    this.boundaryDb = db;
    this.#isInTransaction = false;
    this.scanner.reset();
  }

  /** Takes the command in `buffer[start, end)` that the scanner has just walked; it ends at `offset` of the stream. */
  take(buffer: Buffer, start: number, end: number, at: StreamPlace): void {
    const { pending, reviewUntil } = this.doubt;
    if (at.offset > pending.nextDue && !this.#isInTransaction)
      this.doubt.write(this.#batch, pending.takeBefore(at.offset), at.offset);
    this.#isReviewing = at.offset <= reviewUntil;
    this.#isSkipping = this.doubt.isSkipping(at.offset);
    if (this.scanner.count > 0) {
      if (this.#ruled === null) this.#dispatch(buffer, start, end, at);
      else this.#ruled.take(buffer, start, end, at);
    }
    this.#pass(at);
  }

  /** The command that the scanner has just walked does not count. */
  pass(at: StreamPlace): void {
    const { pending } = this.doubt;
    if (at.offset > pending.nextDue && !this.#isInTransaction)
      this.doubt.write(this.#batch, pending.takeBefore(at.offset), at.offset);
    this.#pass(at);
  }

  #pass(at: StreamPlace): void {
    if (this.#isInTransaction) return;
    this.boundary = at.offset;
    this.boundaryDb = this.db;
    const { queued, dirty } = this.#batch;
    if (queued + dirty.size >= this.#options.batchEntries || this.#batch.sizeBytes >= fullBatchBytes)
      this.ready.push(this.takeOpen());
  }

  #dispatch(buffer: Buffer, start: number, end: number, at: StreamPlace): void {
    const { scanner } = this;
    const kind = this.#kinds.kindOf(buffer, scanner.startOf(0), scanner.endOf(0));
    const isWatched = this.#fields !== null || this.doubt.isProbing || this.#isReviewing;
    if (isWatched && this.#isDealtWith(kind, buffer, at)) return;
    switch (kind) {
      case commandKind.builds:
        if (scanner.count > 1) this.doubt.build(this.#targetDb, buffer, scanner.startOf(1), scanner.endOf(1));
        return this.#forward(buffer, start, end, at.offset);
      case commandKind.forward:
        return this.#forward(buffer, start, end, at.offset);
      case commandKind.expiry:
        return this.#expiry(buffer, start, end, at);
      case commandKind.select:
        return this.#select(buffer);
      case commandKind.multi:
        this.#isInTransaction = true;
        this.#batch.units.push(this.#batch.queued);
        return;
      case commandKind.exec:
        this.#isInTransaction = false;
        this.#batch.units.push(this.#batch.queued);
        return;
      case commandKind.noise:
        return;
      case commandKind.publish:
        if (!this.#args.open(buffer).isWord(1, sentinelChannel)) this.#options.onMessage();
        return;
      default:
        this.#rare(kind, buffer, [start, end], at);
    }
  }

  /** Whether nothing more is to be done for a command. */
  #isDealtWith(kind: number, buffer: Buffer, at: StreamPlace): boolean {
    const isReplayed = this.#fields !== null && kind !== commandKind.refused;
    if (isReplayed && this.#replays(this.#fields, buffer, at)) return true;
    if (!this.doubt.isProbing && !this.#isReviewing) return false;
    const args = this.#args.open(buffer).from(0);
    const isReviewed = this.#isReviewing && !turning.has(kind);
    if (isReviewed) this.doubt.review(args, this.#targetDb);
    if (this.doubt.isProbing && !this.#isSkipping) this.doubt.probe(this.#batch, args, this.#targetDb);
    return isReviewed && this.#isSkipping;
  }

  /** Whether a command of a log was written in the form that its fields need. */
  #replays(fields: FieldReplay, buffer: Buffer, { offset, receivedAtMs }: StreamPlace): boolean {
    const commands = fields.take(this.#args.open(buffer), this.#targetDb, receivedAtMs);
    if (commands === null || this.#options.refusals.commands.has(offset)) return false;
    this.#write(commands, buffer, offset);
    return true;
  }

  #rare(kind: number, buffer: Buffer, [start, end]: readonly [number, number], at: StreamPlace): void {
    const { held } = this.#options;
    if (kind >= commandKind.countsField) return this.#ofFields(kind, buffer, [start, end], at);
    switch (kind) {
      case commandKind.extends:
        if (this.#args.open(buffer).count > 1) this.doubt.extend(this.#batch, this.#targetDb, this.#args.at(1));
        return this.#expiry(buffer, start, end, at);
      case commandKind.derives:
        this.doubt.derive(this.#batch, this.#args.open(buffer).from(0), this.#targetDb);
        return this.#forward(buffer, start, end, at.offset);
      case commandKind.restore:
        return this.#restore(buffer, at);
      case commandKind.swapDb:
        held.loseTrack();
        return this.#swapDb(buffer, start, end, at.offset);
      case commandKind.flush:
        // What came before is on record when it is run, and so not run again with it.
        if (!this.#isInTransaction && !this.#batch.isEmpty) this.ready.push(this.takeOpen());
        this.doubt.sweep(this.#batch);
        return this.#forward(buffer, start, end, at.offset);
      case commandKind.movesExpiry:
        this.#batch.tellsMissing = true;
        this.doubt.move(this.#args.open(buffer).from(0), this.#targetDb);
        if (held.isAny) this.#followExpiry(buffer);
        return this.#forward(buffer, start, end, at.offset);
      case commandKind.hidesExpiry:
        this.#batch.tellsMissing = true;
        this.doubt.move(this.#args.open(buffer).from(0), this.#targetDb);
        held.loseTrack();
        return this.#forward(buffer, start, end, at.offset);
      case commandKind.pops: {
        const trim = trimForPop(this.#args.open(buffer));
        if (trim === null) return this.#forward(buffer, start, end, at.offset);
        this.#write([trim], buffer, at.offset);
        return;
      }
      default:
        return this.#refused(buffer, at);
    }
  }

  #ofFields(kind: number, buffer: Buffer, [start, end]: readonly [number, number], at: StreamPlace): void {
    const args = this.#args.open(buffer);
    if (kind === commandKind.extendsFields) this.doubt.extendFields(this.#batch, this.#targetDb, args);
    else if (args.count > 2) this.doubt.buildField(this.#targetDb, args, kind === commandKind.countsField);
    if (kind === commandKind.countsField) this.#forward(buffer, start, end, at.offset);
    else this.#expiry(buffer, start, end, at);
  }

  /** A command that the target does not know. */
  #refused(buffer: Buffer, { offset, receivedAtMs }: StreamPlace): void {
    const args = this.#args.open(buffer);
    const plain = args.isWord(0, 'HSETEX') ? plainHashSet(args, receivedAtMs) : null;
    if (plain === null) return this.#leaveOut(buffer);
    const hasExpiry = !this.#options.refusals.names.has('HPEXPIREAT');
    this.#write(plain.expire && hasExpiry ? [plain.set, plain.expire] : [plain.set], buffer, offset);
    if (plain.expire && !hasExpiry) this.#leaveOut(buffer);
  }

  #forward(buffer: Buffer, start: number, end: number, offset: number): void {
    const { refusals, maxBulkBytes } = this.#options;
    if (refusals.commands.size > 0 && refusals.commands.has(offset)) return this.#leaveOut(buffer);
    if (end - start > maxBulkBytes && this.#args.isAnyLonger(maxBulkBytes)) return this.#leaveOut(buffer, 'too_large');
    const batch = this.#batch;
    batch.select(this.#targetDb);
    batch.element(offset);
    batch.out.raw(buffer, start, end);
  }

  #expiry(buffer: Buffer, start: number, end: number, at: StreamPlace): void {
    const args = this.#args.open(buffer);
    // The plain SET, by far the most frequent: no word can stand behind its value.
    const isPlain = args.count === 3 && this.scanner.endOf(0) - this.scanner.startOf(0) === 3;
    if (!isPlain) this.#batch.tellsMissing = true;
    const commands = isPlain ? null : absoluteExpiry(args, this.#contextAt(at));
    if (commands === null || this.#options.refusals.commands.has(at.offset))
      return this.#forward(buffer, start, end, at.offset);
    this.#write(commands, buffer, at.offset);
  }

  #contextAt({ receivedAtMs }: StreamPlace): ExpiryContext {
    this.#context.receivedAtMs = receivedAtMs;
    const isEach = this.#options.ruling?.rules.changesExpiry === true;
    this.#context.heldUntilMs = isEach ? Number.POSITIVE_INFINITY : this.#options.held.untilMs;
    return this.#context;
  }

  #restore(buffer: Buffer, at: StreamPlace): void {
    const { refusals, restoreTarget, onLeftOut } = this.#options;
    const args = this.#args.open(buffer);
    if (args.count < 4 || refusals.commands.has(at.offset)) return this.#leaveOut(buffer, 'command');
    const rewritten = rewriteRestore(args, this.#contextAt(at), restoreTarget);
    if (!rewritten) return this.#leaveOut(buffer, 'type');
    const { lostFieldTtls: count } = rewritten;
    if (this.#write([rewritten.words], buffer, at.offset) && count > 0)
      onLeftOut({ class: 'field_ttl', count, name: 'RESTORE', db: this.db, key: args.at(1) });
  }

  /** Writes commands in place of the one in `buffer`; false when the target cannot take one of them. */
  #write(commands: readonly Words[], buffer: Buffer, offset: number): boolean {
    const { maxBulkBytes } = this.#options;
    if (commands.some((words) => words.some(({ length }) => length > maxBulkBytes))) {
      this.#leaveOut(buffer, 'too_large');
      return false;
    }
    const batch = this.#batch;
    for (const words of commands) {
      batch.select(this.#targetDb);
      batch.element(offset);
      batch.out.command(...words);
    }
    return true;
  }

  #place(key: Buffer, atMs: number): number {
    const { held, ruling } = this.#options;
    const isChanged = ruling?.rules.changesExpiry === true;
    return held.place(this.#targetDb, key, isChanged ? ruling.rules.expiry(atMs, ruling.nowMs()) : atMs);
  }

  #followExpiry(buffer: Buffer): void {
    const args = this.#args.open(buffer);
    const { held } = this.#options;
    if (args.count !== (args.isWord(3, 'REPLACE') ? 4 : 3)) return held.loseTrack();
    held.remember(this.#targetDb, args.at(2));
    if (held.fields.isAny) held.fields.remember(keyId(this.#targetDb, args.at(2)));
  }

  #leaveOut(buffer: Buffer, as?: LeftOut['class']): void {
    const args = this.#args.open(buffer);
    const name = args.at(0).subarray(0, 64).toString('latin1').toUpperCase();
    const isMended = as === undefined && lostWith(name) === 'command';
    const place = { db: this.#targetDb, isReviewing: this.#isReviewing };
    if (isMended && this.doubt.replace(this.#batch, args.from(0), place)) return;
    const left = { class: as ?? lostWith(name), count: 1, name, db: this.db };
    this.#options.onLeftOut({ ...subjectOf(args.from(0)), ...left });
  }

  #select(buffer: Buffer): void {
    const db = this.#args.open(buffer).numberAt(1);
    if (Number.isNaN(db)) throw new FerryError('stream.invalid', { problem: 'SELECT names no database' });
    this.#enter(db);
    checkDatabase({ from: db, to: this.#targetDb }, this.#options);
  }

  #enter(db: number): void {
    this.db = db;
    this.#targetDb = this.#ruled === null ? db : this.#ruled.select(db);
  }

  #ruledBy(ruling: Ruling): RuledCommands {
    return new RuledCommands({
      ...ruling,
      note: ruling.followsValues ? ({ db, key }) => void this.#batch.dirty.add(keyId(db, key)) : null,
      scanner: this.scanner,
      dispatch: (buffer, start, end, at) => this.#dispatch(buffer, start, end, at),
      remake: (keys) => {
        if (!ruling.canAskSource()) return false;
        for (const key of keys) this.doubt.remake(this.#batch, key, this.#isSkipping);
        return true;
      },
      flush: (db) => this.#flush(db),
    });
  }

  /** What came before goes first; what comes behind waits until it is done. */
  #flush(db: number | null): void {
    if (this.#isSkipping) return;
    if (this.#isInTransaction) throw cannotFollow('FLUSHALL in a transaction');
    this.doubt.pending.drop();
    if (!this.#batch.isEmpty) this.ready.push(this.takeOpen());
    this.ready.push(new FlushOrder({ offset: this.boundary, sourceDb: this.boundaryDb }, db));
  }

  /** The checkpoint lies in database 0 and must not go elsewhere with it; the batch writes it anew. */
  #swapDb(buffer: Buffer, start: number, end: number, offset: number): void {
    const args = this.#args.open(buffer);
    const db = Math.max(args.numberAt(1), args.numberAt(2));
    checkDatabase({ from: db, to: db }, this.#options);
    // Names that were noted before it are those of before.
    if (this.#batch.dirty.size > 0) this.ready.push(this.takeOpen());
    this.doubt.sweep(this.#batch);
    this.#batch.swaps.push([args.numberAt(1), args.numberAt(2)]);
    if (args.numberAt(1) === 0 || args.numberAt(2) === 0) {
      this.#batch.select(0);
      this.#batch.element(-1);
      this.#batch.out.command('DEL', ...this.#options.bookkeeping);
    }
    this.#forward(buffer, start, end, offset);
  }
}
