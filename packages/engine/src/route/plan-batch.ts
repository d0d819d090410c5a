import {
  canBeAbsolute,
  type CommandSpec,
  commandOf,
  type CrossSlotHandling,
  crossSlotHandling,
  isAbsolute,
  keyPositions,
  lookupCommand,
} from '@cacheferry/commands';
import { CommandScanner, encodeCommand } from '@cacheferry/resp';
import { keySlot } from '@cacheferry/topology';
import { type KeyId, keyOf } from '../snapshot-keys/key-id.ts';
import type { Batch } from '../write/batch.ts';
import { type Item, type SlotGroup } from './slot-group.ts';
import { readsByPattern } from './sort-order.ts';

/** A command whose keys lie in several slots, or that has none: it is run alone, when all before it is in. */
export type LoneCommand = { item: Item; argv: Buffer[]; handling: CrossSlotHandling | 'unknown' };

/** What a batch becomes: groups that may be sent side by side, and between them commands that stand alone. */
export type Step = { groups: SlotGroup[] } | { lone: LoneCommand };

export type PlanBatchOptions = {
  /** What ends at or before this offset is contained in the slot already. */
  floorOf: (slot: number) => number;
  /** A command was rewritten into others, one for each slot. */
  onRewritten: (kind: CrossSlotHandling) => void;
  /** The error for a command about other databases than the one that a cluster has. */
  noDatabase: (argv: readonly Buffer[]) => Error;
  /** What is run behind a key that was read anew. */
  afterRepair: (slot: number, id: KeyId) => Buffer;
  /** A transaction of the source was split, because its keys lie in several slots. */
  onSplitTransaction: () => void;
};

/** Sorts the commands of a batch of the stream by the slots of their keys. */
export class BatchPlanner {
  readonly #options: PlanBatchOptions;
  readonly #scanner = new CommandScanner();
  /** Last elements of keys that are read anew. */
  readonly #repairs = new Map<number, KeyId>();
  readonly #positions: number[] = [];
  /** Commands that every form of is guarded and has one key, always at that place; 0 for others. */
  readonly #plainKeys = new Map<CommandSpec, number>();
  #groups = new Map<number, SlotGroup>();
  #steps: Step[] = [];
  #unitSlots: Set<number> | null = null;
  #batch: Batch | null = null;
  /** A flush stands before: what slots had contained is gone by then. */
  #isFlushed = false;

  constructor(options: PlanBatchOptions) {
    this.#options = options;
  }

  plan(batch: Batch): Step[] {
    this.#repairs.clear();
    for (const { element, id } of batch.repairs) this.#repairs.set(element, id);
    this.#steps = [];
    this.#unitSlots = null;
    this.#batch = batch.repairs.length > 0 ? batch : null;
    this.#isFlushed = false;
    let unit = 0;
    for (let element = 0; element < batch.queued; element++) {
      for (; batch.units[unit] === element; unit++) this.#turnUnit();
      this.#take({ bytes: batch.commandOf(element), mark: batch.markOf(element), element });
      const id = this.#repairs.get(element);
      if (id !== undefined) this.#endRepair(id, element);
    }
    for (; unit < batch.units.length; unit++) this.#turnUnit();
    this.#closeGroups();
    return this.#steps;
  }

  /** The same for one command, when it has become known which keys it has. */
  planAgain({ item }: LoneCommand): Step[] {
    this.#steps = [];
    this.#take(item);
    this.#closeGroups();
    return this.#steps;
  }

  #endRepair(id: KeyId, element: number): void {
    const slot = keySlot(keyOf(id).key);
    this.#add(slot, { bytes: this.#options.afterRepair(slot, id), mark: -1, element }, false);
  }

  #turnUnit(): void {
    if (this.#unitSlots && this.#unitSlots.size > 1) this.#options.onSplitTransaction();
    this.#unitSlots = this.#unitSlots ? null : new Set();
  }

  #take(item: Item): void {
    const plainSlot = this.#plainSlot(item.bytes);
    if (plainSlot >= 0) return this.#add(plainSlot, item, item.mark >= 0);
    const argv = this.#argumentsOf(item.bytes);
    const spec = commandOf(argv);
    if (spec?.name === 'select' && item.mark < 0) return;
    const plainCopy = spec?.name === 'copy' ? withoutOwnDatabase(argv) : null;
    if (plainCopy) return this.#take({ ...item, bytes: encodeCommand(plainCopy) });
    const positions = keyPositions(argv, spec, this.#positions);
    const slot = onlySlot(argv, positions);
    const handling = spec ? crossSlotHandling(argv, spec) : 'unknown';
    if (slot >= 0 && !isAlone(argv, handling)) {
      return this.#add(slot, item, this.#isGuarded(item, argv, spec));
    }
    if (handling === 'database') throw this.#options.noDatabase(argv);
    const pieces = positions.length > 1 ? piecesOf(argv, handling, positions) : null;
    if (!pieces)
      return this.#stand({
        item: { ...item, bytes: Buffer.from(item.bytes), isOnce: true },
        argv: argv.map((a) => Buffer.from(a)),
        handling,
      });
    this.#options.onRewritten(handling as CrossSlotHandling);
    for (const words of pieces)
      this.#add(keySlot(words[1] as Buffer), { ...item, bytes: encodeCommand(words) }, this.#unitSlots !== null);
  }

  /** Between a look at a key and the command that depends on it no time may pass. */
  #isGuarded({ mark }: Item, argv: readonly Buffer[], spec: CommandSpec | undefined): boolean {
    if (mark < 0) return spec?.name === 'exists';
    return this.#unitSlots !== null || !isAbsolute(argv, spec);
  }

  #add(slot: number, item: Item, isGuarded: boolean): void {
    this.#unitSlots?.add(slot);
    // A key that is read anew is so at a place that its slot may have reached before.
    const isContained = !this.#isFlushed && item.mark >= 0 && item.mark <= this.#options.floorOf(slot);
    if (isContained && this.#batch?.isRepair(item.element) !== true) return;
    item.isOnce = isGuarded;
    const group = this.#groups.get(slot);
    if (!group) {
      this.#groups.set(slot, { slot, isGuarded, items: [item], mark: item.mark });
      return;
    }
    group.items.push(item);
    group.isGuarded ||= isGuarded;
    group.mark = Math.max(group.mark, item.mark);
  }

  #stand(lone: LoneCommand): void {
    this.#closeGroups();
    this.#isFlushed ||= lone.handling === 'flush';
    this.#steps.push({ lone });
  }

  #closeGroups(): void {
    if (this.#groups.size === 0) return;
    this.#steps.push({ groups: [...this.#groups.values()] });
    this.#groups = new Map();
  }

  /** The slot of a command that needs no closer look; −1 for others. Most guarded ones do not, and no object is made. */
  #plainSlot(bytes: Buffer): number {
    const scanner = this.#scanner;
    scanner.reset();
    scanner.next(bytes, 0);
    const spec = lookupCommand(bytes.subarray(scanner.startOf(0), scanner.endOf(0)));
    if (!spec) return -1;
    let keyAt = this.#plainKeys.get(spec);
    if (keyAt === undefined) this.#plainKeys.set(spec, (keyAt = plainKeyOf(spec)));
    const hasArity = spec.arity < 0 ? scanner.count >= -spec.arity : scanner.count === spec.arity;
    return keyAt > 0 && hasArity ? keySlot(bytes, scanner.startOf(keyAt), scanner.endOf(keyAt)) : -1;
  }

  /** Of the command that the scanner has just walked. */
  #argumentsOf(bytes: Buffer): Buffer[] {
    const scanner = this.#scanner;
    const argv = new Array<Buffer>(scanner.count);
    for (let at = 0; at < scanner.count; at++) argv[at] = bytes.subarray(scanner.startOf(at), scanner.endOf(at));
    return argv;
  }
}

const plainKeyOf = (spec: CommandSpec): number =>
  spec.isContainer || canBeAbsolute(spec) || crossSlotHandling([], spec) !== 'none' ? 0 : spec.keyAt;

/** The slot of all keys, or −1 when there are none or they lie in several. */
function onlySlot(argv: readonly Buffer[], positions: readonly number[]): number {
  let slot = -1;
  for (const at of positions) {
    const own = keySlot(argv[at] as Buffer);
    if (slot >= 0 && own !== slot) return -1;
    slot = own;
  }
  return slot;
}

/** COPY … DB 0 without that, for there is no other; null for one without a database, or about another. */
function withoutOwnDatabase(argv: readonly Buffer[]): Buffer[] | null {
  const at = argv.findIndex((word, index) => index > 2 && /^db$/i.test(String(word)));
  if (at < 0 || Number(String(argv[at + 1])) !== 0) return null;
  return [...argv.slice(0, at), ...argv.slice(at + 2)];
}

/** Whether no node runs a command, though all of its keys lie in one slot. */
const isAlone = (argv: readonly Buffer[], handling: string): boolean =>
  handling === 'database' || (handling === 'destination' && /^sort$/i.test(String(argv[0])) && readsByPattern(argv));

type Words = (string | Buffer)[];

/** The commands for single slots that do the same; null when there are none that do not need another key's value. */
function piecesOf(argv: readonly Buffer[], handling: string, positions: readonly number[]): Words[] | null {
  if (handling === 'move-member') {
    const [, from, to, member] = argv as [Buffer, Buffer, Buffer, Buffer];
    return [
      ['SREM', from, member],
      ['SADD', to, member],
    ];
  }
  if (handling !== 'split') return null;
  const name = String(argv[0]).toUpperCase();
  // A replicated MSETNX has happened: its condition is met.
  if (name === 'MSET' || name === 'MSETNX')
    return positions.map((at) => ['SET', argv[at] as Buffer, argv[at + 1] as Buffer]);
  return name === 'DEL' || name === 'UNLINK' ? positions.map((at) => [name, argv[at] as Buffer]) : null;
}
