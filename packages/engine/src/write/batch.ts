import type { RdbEntry } from '@cacheferry/rdb';
import type { KeyId } from '../snapshot-keys/key-id.ts';
import { type Checkpoint, formatCheckpoint } from './checkpoint.ts';
import { OutputBuffer } from './output-buffer.ts';
import type { SendMemory } from './send-memory.ts';
import { StringGroup } from './string-group.ts';

const multi = Buffer.from('*1\r\n$5\r\nMULTI\r\n');
/** How a batch's SELECT begins. */
export const selectHead = Buffer.from('*2\r\n$6\r\nSELECT\r\n');
/** Room for so much is not held for a further batch while one is under way. */
const largeBytes = 16_777_216;
const groupCommands = { new: Buffer.from('MSETNX'), all: Buffer.from('MSET') };

/**
 * Commands that are to become visible together, with the place in the source that they reach.
 *
 * Written command by command between `begin` and the lane's `submit`; the target runs it as one MULTI/EXEC that also
 * holds the checkpoint. Used again when the target has answered.
 */
export class Batch {
  readonly out: OutputBuffer;
  /** Strings that one command of the batch is to write. */
  readonly strings: StringGroup;
  /** Whether a group of strings is written only when none of its keys is there, or over what is there. */
  grouping: keyof typeof groupCommands = 'all';
  /** Elements that write a group. */
  groups: number[] = [];
  /** Keys that are written by groups. */
  groupedKeys = 0;
  /** Commands after MULTI, bookkeeping included: so many elements has the reply of EXEC. */
  queued = 0;
  /** Keys of a full sync in this batch. */
  keys = 0;
  /** Database that the next command runs in; −1 before the first. */
  db = -1;
  /** Where in the source everything up to this batch is contained: byte of the RDB, or offset of the stream. */
  reached = 0;
  /** The stream's database at that place. */
  sourceDb = 0;
  /** First elements of the source's transactions, and the elements behind them, in turn. */
  readonly units: number[] = [];
  /** The checkpoint that it commits; set when it is sealed. */
  checkpoint: Checkpoint | null = null;
  /** Whether it asks for keys before commands that depend on them; `part`: only before some, or for their expiry. */
  probes: 'none' | 'part' | 'all' = 'none';
  /** Whether it is late and asks for no key, because none was dropped up to now. */
  trusts = false;
  /** Whether commands of it tell by a 0 that their key was not there. */
  tellsMissing = false;
  /** When its first command was taken, on the monotonic clock. */
  startedAtMs = 0;
  /** Elements that write a snapshot of the source over a key, from `first` to `element`. */
  repairs: { first: number; element: number; id: KeyId }[] = [];
  /** Keys that have changed up to its place and are not brought to what they are by it: to be read from the source. */
  readonly dirty = new Set<KeyId>();
  /** Places in the RDB of entries that were counted by an earlier batch, and of which this one tells what became. */
  settled: number[] = [];
  /** Pairs of databases that it swaps. */
  swaps: (readonly [number, number])[] = [];
  /** The value of which it holds pieces, that build on each other: where it is put together, and its byte in the RDB. */
  pieceOf: { key: Buffer; mark: number } | null = null;
  /** Whether it empties or swaps databases, bookkeeping included. */
  isSweeping = false;
  /** Commands and bytes that were sent ahead because a transaction grew too large to be held. */
  #sent = 0;
  #sentBytes = 0;
  #starts = new Float64Array(1024);
  #marks = new Float64Array(1024);

  constructor(out = new OutputBuffer(), room = () => new OutputBuffer()) {
    this.out = out;
    this.strings = new StringGroup(room);
    this.reset();
  }

  get isEmpty(): boolean {
    return this.queued === 0 && this.strings.count === 0 && this.dirty.size === 0;
  }

  /** Whether it matters which of its commands were answered by 0. */
  get wantsZeros(): boolean {
    return this.hasProbes || this.tellsMissing || this.groups.length > 0;
  }

  get hasProbes(): boolean {
    return this.probes !== 'none';
  }

  /** Whether part of it was sent ahead, so that its commands are not all at hand any more. */
  get isSpilled(): boolean {
    return this.#sent > 0;
  }

  /** Whether an element writes a snapshot of the source over a key. */
  isRepair(element: number): boolean {
    return this.repairs.some(({ first, element: last }) => first <= element && element <= last);
  }

  /** Commands, each string of a group counted for one. */
  get effects(): number {
    return this.queued - this.groups.length + this.groupedKeys + this.strings.count;
  }

  /** Bytes that are held. */
  get sizeBytes(): number {
    return this.out.length + this.strings.sizeBytes;
  }

  /** Whether it holds so much that nothing further is to be gathered before it is in. */
  get isLarge(): boolean {
    return this.sizeBytes > largeBytes;
  }

  /** Replies that are due for the bytes that are held: one per command, one for MULTI. */
  get unsentReplies(): number {
    return this.queued - this.#sent + (this.#sentBytes === 0 ? 1 : 0);
  }

  /** The element that the reply number `reply` among those for the held bytes belongs to; −1 for MULTI. */
  elementOf(reply: number): number {
    return this.#sent + reply - (this.#sentBytes === 0 ? 1 : 0);
  }

  reset(): void {
    this.out.reset();
    this.out.raw(multi);
    this.queued = 0;
    this.keys = 0;
    this.db = -1;
    this.reached = 0;
    this.sourceDb = 0;
    this.checkpoint = null;
    this.probes = 'none';
    this.trusts = false;
    this.tellsMissing = false;
    this.startedAtMs = 0;
    this.repairs = [];
    this.dirty.clear();
    this.settled = [];
    this.swaps = [];
    this.pieceOf = null;
    this.isSweeping = false;
    this.strings.reset();
    this.groups = [];
    this.groupedKeys = 0;
    this.units.length = 0;
    this.#sent = 0;
    this.#sentBytes = 0;
  }

  /** Begins a command that belongs to `mark`, a place in the source; −1 for a command of our own. */
  element(mark: number): void {
    if (this.queued >= this.#starts.length) this.#grow();
    this.#starts[this.queued] = this.#sentBytes + this.out.length;
    this.#marks[this.queued++] = mark;
  }

  /** Makes the following commands run in a database. */
  select(db: number): void {
    if (this.db === db) return;
    this.db = db;
    this.element(-1);
    this.out.raw(selectHead);
    this.out.bulkNumber(db);
  }

  /** Adds the checkpoint that becomes valid together with the batch, in database 0. */
  seal(checkpoint: Checkpoint, place: { key: string; field: string; fields: readonly string[] }): void {
    this.checkpoint = checkpoint;
    this.endGroup();
    this.select(0);
    this.element(-1);
    this.out.command('HMSET', place.key, ...place.fields, place.field, formatCheckpoint(checkpoint));
  }

  /** Before a string joins those that are put together; `once`: none of them may have the same key. */
  beginGrouped(entry: RdbEntry, once: boolean): void {
    const { strings } = this;
    if (strings.count > 0 && strings.db !== entry.db) this.endGroup();
    if (!once || strings.isNew(entry)) return;
    this.endGroup();
    strings.isNew(entry);
  }

  /** Writes the strings that were put together. */
  endGroup(): void {
    const { strings } = this;
    if (strings.count === 0) return;
    this.select(strings.db);
    this.groups.push(this.queued);
    this.groupedKeys += strings.count;
    this.element(strings.mark);
    strings.writeTo(this.out, groupCommands[this.grouping]);
    strings.reset();
  }

  /** The place in the source of the command behind an element of EXEC's reply; −1 for our own. */
  markOf(element: number): number {
    return this.#marks[element] ?? -1;
  }

  /** Where an element's command begins among the held bytes. */
  startOf(element: number): number {
    return element === this.queued ? this.out.length : (this.#starts[element] as number) - this.#sentBytes;
  }

  /** The bytes of an element's command; empty when they were sent ahead. */
  commandOf(element: number): Buffer {
    if (element < this.#sent || element >= this.queued) return Buffer.alloc(0);
    const last = element + 1 === this.queued;
    const end = last ? this.out.length : (this.#starts[element + 1] as number) - this.#sentBytes;
    return this.out.bytes.subarray((this.#starts[element] as number) - this.#sentBytes, end);
  }

  /** The database that an element ran in, by the SELECTs before it. */
  dbOf(element: number): number {
    for (let at = element; at >= 0; at--) {
      const found = this.#marks[at] === -1 ? /^\*2\r\n\$6\r\nSELECT\r\n\$\d+\r\n(\d+)/.exec(this.#text(at)) : null;
      if (found) return Number(found[1]);
    }
    return 0;
  }

  /** Takes the held bytes out, to be sent ahead of the rest. */
  spill(): Buffer {
    const part = Buffer.from(this.out.view());
    this.#sent = this.queued;
    this.#sentBytes += part.length;
    this.out.reset();
    return part;
  }

  #text(element: number): string {
    return this.commandOf(element).subarray(0, 64).toString('latin1');
  }

  #grow(): void {
    const starts = new Float64Array(this.#starts.length * 2);
    const marks = new Float64Array(this.#marks.length * 2);
    starts.set(this.#starts);
    marks.set(this.#marks);
    this.#starts = starts;
    this.#marks = marks;
  }
}

/** Batches that are in use in turn: one is filled, one waits in the target's queue, one is being committed. */
export class BatchPool {
  readonly #free: Batch[] = [];
  readonly #memory: SendMemory;

  constructor(memory: SendMemory) {
    this.#memory = memory;
  }

  take(): Batch {
    return this.#free.pop() ?? new Batch(this.#memory.output(), () => this.#memory.output());
  }

  give(batch: Batch): void {
    batch.reset();
    this.#free.push(batch);
  }
}
