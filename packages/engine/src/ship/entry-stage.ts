import type { LostClass } from '@cacheferry/contract';
import {
  dumpOverhead,
  footerVersionFor,
  moduleNameAt,
  type RdbEntry,
  type RdbMagic,
  type RdbSink,
  valueTypeOf,
} from '@cacheferry/rdb';
import type { Batch } from '../write/batch.ts';
import { isBookkeeping } from '../write/bookkeeping.ts';
import { isPlainString } from '../write/plain-string.ts';
import { type RestoreForm, type RestoreValue, writeRestore } from '../write/restore-command.ts';
import { type StringWriting, writeSet } from '../write/set-command.ts';
import { BigEntries, isDivisible } from './big-entries.ts';
import { checkDatabase } from './check-database.ts';
import { codeRecords } from './code-records.ts';
import type { LostParts } from './big-value.ts';
import type { EntryStageOptions } from './entry-stage-options.ts';
import { KeyHash } from './key-hash.ts';
import { isEmptyEntry } from './recode.ts';
import type { TypeFate, TypePlan } from './type-plan.ts';

const isStream = (type: number, magic: RdbMagic): boolean => valueTypeOf(type, magic) === 'stream';

/** Streams up to that size are held, to be written at once. */
const wholeStreamBytes = 16_777_216;

/** A batch is full at that size even when it has few entries. */
export const fullBatchBytes = 1_048_576;

/**
 * Turns the entries of an RDB into batches of RESTORE, without decoding a value.
 *
 * The walker pushes; full batches wait in `ready` until the caller hands them on, which it does between two windows.
 * Hot path: no object, closure or promise per entry.
 */
export class EntryStage implements RdbSink {
  readonly ready: Batch[] = [];
  readonly #hash = new KeyHash();
  /** Keys that the source announced, without those that are not in scope. */
  #expectedKeys = 0;
  readonly moduleAux = (name: string): void => this.#options.onModuleAux(name);
  #isCounted = true;
  readonly #options: EntryStageOptions;
  readonly #how: { form: RestoreForm; expiry: number; footerVersion: number };
  readonly #value: RestoreValue = { type: 0, buffer: Buffer.alloc(0), start: 0, end: 0, arenaAt: -1 };
  readonly #big: BigEntries | null;
  /** Set while a piece of a large value is not wholly written: `rest` goes on with it. */
  isWaiting = false;
  /** The large value that is in, and where its record ends. */
  #whole: { entry: RdbEntry; end: number } | null = null;
  #writing: BigEntries | null = null;
  #isPassedPart = false;
  #batch: Batch;
  #plan: TypePlan = [];
  #magic: RdbMagic = 'REDIS';

  constructor(options: EntryStageOptions) {
    this.#options = options;
    this.#how = { form: options.form, expiry: 0, footerVersion: 6 };
    this.#batch = options.pool.take();
    this.#batch.reached = options.skipUntil;
    this.#big = options.big && new BigEntries(options.big, this);
  }

  /** The batch that is being filled; the caller takes it when nothing more comes for now. */
  takeOpen(): Batch {
    const batch = this.#batch;
    this.#batch = this.#options.pool.take();
    this.#batch.reached = batch.reached;
    return batch;
  }

  /** Sends the open batch on in the middle of an entry: it reaches as far as the one before that entry. */
  cut(): void {
    if (!this.#batch.isEmpty) this.ready.push(this.takeOpen());
  }

  /** From which size on a value is taken in pieces. */
  partBytes(type: number, magic: RdbMagic): number {
    const { bigKeyBytes, maxBulkBytes, slots, rules } = this.#options;
    // A stream that the target takes as a whole keeps when its consumers were seen.
    const most = isStream(type, magic)
      ? Math.min(maxBulkBytes, Math.max(bigKeyBytes, wholeStreamBytes))
      : maxBulkBytes / 2;
    if (this.#dividing(type)) return isStream(type, magic) ? most : Math.min(bigKeyBytes, most);
    // What is larger than the target takes is passed over without being held.
    return slots || rules || valueTypeOf(type, magic) === 'module' ? Number.POSITIVE_INFINITY : maxBulkBytes;
  }

  /** What writes large values of that type; null where they are not written. */
  #dividing(type: number): BigEntries | null {
    return isDivisible(type, this.#magic) ? this.#big : null;
  }

  /** A piece of a value that is not held as a whole. */
  entryPart(found: RdbEntry, index: number, isLast: boolean): void {
    if (index === 0) this.#isPassedPart = !this.#beginBig(found);
    if (!this.#isPassedPart) this.#takeBig(found, isLast);
    else if (isLast) this.#reach(this.#options.recordEnd());
  }

  #takeBig(entry: RdbEntry, isLast: boolean): void {
    this.#writing = this.#dividing(entry.type);
    this.#writing?.take(entry, isLast);
    if (isLast) this.#whole = { entry, end: this.#options.recordEnd() };
    this.isWaiting = this.#writing !== null || isLast;
  }

  /** Writes what is there of a large value, in steps between which full batches may be taken. */
  *rest(): Generator<void> {
    if (this.#writing) yield* this.#writing.rest();
    if (this.#whole) {
      this.#endBig(this.#whole.entry);
      this.#reach(this.#whole.end);
      // What comes next does not build on it.
      this.cut();
      this.#whole = null;
    }
    this.isWaiting = false;
  }

  #reach(end: number): void {
    if (end > this.#options.skipUntil) this.#batch.reached = end;
  }

  /** Whether it is to be written. */
  #beginBig(found: RdbEntry): boolean {
    const { rules, skipUntil, countedUntil, refusals } = this.#options;
    const entry = rules === null ? found : rules.take(found);
    if (entry === null) return this.#isOut();
    // Batches end where entries end: what begins before that place is on the target whole.
    const isPassed = entry.offset < skipUntil;
    if (this.#options.seen || this.#options.written) this.#noteKey(entry, isPassed ? 0 : Number.POSITIVE_INFINITY);
    if (isPassed || isBookkeeping(entry.keyBuffer, entry.keyStart, entry.keyEnd)) return false;
    this.#isCounted = entry.offset >= countedUntil;
    if (this.#options.slots?.(this.#options.recordEnd(), entry) === false) return this.#isOut();
    if (refusals.entries.has(entry.offset)) {
      this.#lose(entry, 'refused', 'the target takes it in no form');
      return false;
    }
    this.#dividing(entry.type)?.begin(entry, this.#magic, this.#how.form.replace);
    return true;
  }

  #endBig(entry: RdbEntry): void {
    const end = this.#dividing(entry.type)?.end();
    if (!end)
      return this.#lose(entry, 'too_large', `more than the ${this.#options.maxBulkBytes} bytes that the target takes`);
    if (end.isTooLarge) return this.#lose(entry, 'too_large', 'an element is larger than the target takes');
    this.#loseParts(entry, end);
    if (this.#isCounted) this.#batch.keys++;
  }

  /** Lets go of a value that is not whole. */
  close(): void {
    this.#big?.close();
  }

  get open(): Batch {
    return this.#batch;
  }

  header(magic: RdbMagic): void {
    this.#magic = magic;
    this.#plan = this.#options.planFor(magic);
    this.#options.rules?.header(magic);
  }

  resizeDb(_db: number, keys: number): void {
    this.#expectedKeys += keys;
    this.#options.onKeysTotal(this.#expectedKeys);
  }

  selectDb(db: number): void {
    const { rules } = this.#options;
    checkDatabase({ from: db, to: rules === null ? db : rules.databaseOf(db) }, this.#options);
  }

  functionLibrary(source: Buffer): void {
    if (this.#takesCode()) codeRecords.library(this.#batch, source, this.#options.recordEnd() - 1, this.#options);
  }

  oldFunction(name: Buffer): void {
    if (this.#takesCode()) codeRecords.oldFunction(name, this.#options);
  }

  aux(name: Buffer, value: Buffer): void {
    if (name.toString('latin1') !== 'lua' || !this.#takesCode()) return;
    codeRecords.script(this.#batch, value, this.#options.recordEnd() - 1);
  }

  /** Whether the current record, which is code, is in scope and not on the target already. */
  #takesCode(): boolean {
    const { skipUntil, rules, recordEnd } = this.#options;
    return recordEnd() > skipUntil && rules?.takesCode !== false;
  }

  entry(found: RdbEntry): void {
    const end = this.#options.recordEnd();
    const { rules } = this.#options;
    const entry = rules === null ? found : rules.take(found);
    if (entry === null) return this.#passOver(end);
    if (this.#options.seen || this.#options.written) this.#noteKey(entry, end);
    if (end <= this.#options.skipUntil || isBookkeeping(entry.keyBuffer, entry.keyStart, entry.keyEnd)) return;
    this.#isCounted = end > this.#options.countedUntil;
    if (this.#options.slots?.(end, entry) === false) return this.#passOver(end);
    this.#write(entry);
    if (this.isWaiting) return;
    const batch = this.#batch;
    batch.reached = end;
    if (batch.effects >= this.#options.batchEntries || batch.sizeBytes >= fullBatchBytes)
      this.ready.push(this.takeOpen());
  }

  #write(entry: RdbEntry): void {
    const fate = this.#plan[entry.type];
    const { entries } = this.#options.refusals;
    if (entry.type >= 22 && this.#isHeld(entry)) return;
    if (fate?.kind === 'pass' && (entries.size === 0 || !entries.has(entry.offset))) {
      if (entry.type === 0 && this.#isWrittenPlain(entry)) return;
      const value = this.#value;
      value.type = entry.type;
      value.buffer = entry.buffer;
      value.start = entry.valueStart;
      value.end = entry.valueEnd;
      value.arenaAt = entry.buffer === this.#options.input ? entry.valueStart : -1;
      this.#options.fileValues?.take(entry, value, this.#magic);
      this.#restore(entry, value, fate.footerVersion);
    } else this.#rare(entry, fate);
  }

  /** Whether a hash was written with the expiries of its fields held. */
  #isHeld(entry: RdbEntry): boolean {
    const { held, product } = this.#options;
    if (!held.fields.isOn) return false;
    const { type, value: body } = entry;
    const written = held.fields.hold(entry, { type, magic: this.#magic, body }, product);
    if (written === null) return false;
    const value = { type: written.type, buffer: written.body, start: 0, end: written.body.length, arenaAt: -1 };
    this.#restore(entry, value, footerVersionFor(written.type, written.magic));
    return true;
  }

  /** Whether a string was written without RESTORE. */
  #isWrittenPlain(entry: RdbEntry): boolean {
    const { strings, form } = this.#options;
    if (strings === null || !this.#isCounted || entry.offset < strings.from) return false;
    if (form.access !== 'none' && (entry.idleSeconds >= 0 || entry.freq >= 0)) return false;
    return strings.by === 'group' ? this.#isGrouped(entry, strings) : this.#isSet(entry, strings);
  }

  #isGrouped(entry: RdbEntry, { over }: StringWriting): boolean {
    if (entry.expireAtMs >= 0) return false;
    const batch = this.#batch;
    batch.beginGrouped(entry, this.#options.fileValues !== null && !over);
    if (!batch.strings.add(entry, entry.buffer === this.#options.input)) return false;
    batch.grouping = over ? 'all' : 'new';
    batch.keys++;
    return true;
  }

  #isSet(entry: RdbEntry, { over, hasExpiry }: StringWriting): boolean {
    if (!isPlainString(entry) || (entry.expireAtMs >= 0 && !hasExpiry)) return false;
    const batch = this.#batch;
    batch.select(entry.db);
    batch.element(entry.offset);
    batch.keys++;
    const isInArena = entry.buffer === this.#options.input;
    writeSet(batch.out, entry, { isNew: !over, expiry: this.#expiryOf(entry), isInArena });
    return true;
  }

  /** When the key is to expire on the target; 0: never. */
  #expiryOf(entry: RdbEntry): number {
    const { held } = this.#options;
    const expiry = entry.expireAtMs < 0 ? 0 : entry.expireAtMs;
    return expiry > 0 && expiry <= held.untilMs ? held.place(entry.db, entry.key, expiry) : expiry;
  }

  /** An entry that is not in scope. */
  #passOver(end: number): void {
    this.#reach(end);
    this.#isOut();
  }

  #isOut(): false {
    this.#options.onKeysTotal(Math.max(0, --this.#expectedKeys));
    return false;
  }

  #noteKey(entry: RdbEntry, end: number): void {
    const { seen, written, skipUntil, foreign, form } = this.#options;
    const { high, low } = this.#hash.of(entry.db, entry.keyBuffer, entry.keyStart, entry.keyEnd);
    seen?.add(high, low);
    if (end > skipUntil) written?.add(high, low);
    if (foreign) this.#how.form = foreign.keys.has(high, low) ? foreign.form : form;
  }

  #restore(entry: RdbEntry, value: RestoreValue, footerVersion: number): void {
    const { maxBulkBytes, form, deleteFirst, clock } = this.#options;
    const bytes = value.end - value.start + dumpOverhead;
    if (bytes > maxBulkBytes) return this.#tooLarge(entry, bytes);
    const batch = this.#batch;
    batch.select(entry.db);
    if (deleteFirst) this.#delete(entry);
    let expiry = this.#expiryOf(entry);
    if (!form.absolute && expiry > 0) {
      expiry -= clock.now();
      if (expiry <= 0) return deleteFirst || form.replace ? this.#delete(entry) : undefined;
    }
    const how = this.#how;
    how.expiry = expiry;
    how.footerVersion = footerVersion;
    batch.element(entry.offset);
    if (this.#isCounted) batch.keys++;
    writeRestore(batch.out, entry, value, how);
  }

  /** Only of a stream does it come out this late. */
  #tooLarge(entry: RdbEntry, bytes: number): void {
    const { maxBulkBytes, refusals } = this.#options;
    const big = refusals.entries.has(entry.offset) ? null : this.#dividing(entry.type);
    if (!big) return this.#lose(entry, 'too_large', `${bytes} bytes, the target takes ${maxBulkBytes}`);
    big.begin(entry, this.#magic, this.#how.form.replace);
    this.#takeBig(entry, true);
  }

  #delete(entry: RdbEntry): void {
    this.#batch.select(entry.db);
    this.#batch.element(entry.offset);
    this.#batch.out.command('DEL', entry.key);
  }

  #rare(entry: RdbEntry, fate: TypeFate | undefined): void {
    if (fate?.kind === 'lost') return this.#lose(entry, fate.class, `value type ${entry.type}`);
    if (fate?.kind === 'module') return this.#module(entry);
    if (this.#options.refusals.entries.has(entry.offset)) {
      if (isEmptyEntry(entry.type, this.#magic, entry.value)) return this.#empty(entry);
      return this.#lose(entry, 'refused', 'the target takes it in no form');
    }
    const recoded = this.#options.recode(entry, this.#magic);
    if (!recoded) return this.#lose(entry, 'type', `value type ${entry.type}`);
    if (recoded.isEmpty) return this.#empty(entry);
    this.#loseParts(entry, recoded);
    this.#restore(entry, recoded, recoded.footerVersion);
  }

  /** A collection without elements is neither done nor lost. */
  #empty(entry: RdbEntry): void {
    if (this.#isMiscounted(entry)) {
      this.#options.onMiscounted();
      this.#batch.settled.push(entry.offset);
    }
    this.#options.onEmpty(entry);
  }

  #loseParts(entry: RdbEntry, { lostFieldTtls, lostPending, lostMessageIds }: LostParts): void {
    if (lostFieldTtls > 0) this.#losePart(entry, 'field_ttl', 'the target has no expiry of hash fields', lostFieldTtls);
    if (lostPending > 0)
      this.#losePart(entry, 'type', 'pending entries without a consumer cannot be made on the target', lostPending);
    if (lostMessageIds > 0)
      this.#losePart(
        entry,
        'type',
        'the target does not learn which messages producers have added already',
        lostMessageIds,
      );
  }

  /** A target that has the module too reads its values; one that has not says so at the first. */
  #module(entry: RdbEntry): void {
    const { name } = moduleNameAt(entry.buffer, entry.valueStart);
    if (this.#options.refusals.modules.has(name))
      return this.#lose(entry, 'module', `the target has no module type ${name}`);
    const { type, buffer, valueStart: start, valueEnd: end } = entry;
    this.#restore(entry, { type, buffer, start, end, arenaAt: -1 }, footerVersionFor(type, this.#magic));
  }

  /** A key that does not arrive at all. */
  #lose(entry: RdbEntry, lost: LostClass, detail: string): void {
    if (this.#isMiscounted(entry)) this.#options.onMiscounted();
    this.#losePart(entry, lost, detail, 1);
  }

  /** Whether it was counted as done by a batch that the target has run, all but this entry. */
  #isMiscounted({ offset }: RdbEntry): boolean {
    return !this.#isCounted && this.#options.refusals.unread.has(offset);
  }

  #losePart(entry: RdbEntry, lost: LostClass, detail: string, count: number): void {
    const isMiscounted = this.#isMiscounted(entry);
    if (!this.#isCounted && !isMiscounted) return;
    if (isMiscounted) this.#batch.settled.push(entry.offset);
    this.#options.onLost({ class: lost, count, db: entry.db, key: entry.key, type: entry.type, detail });
  }
}
