import { keyPositions, lookupCommand } from '@cacheferry/commands';
import type { CommandScanner } from '@cacheferry/resp';
import { keySlot } from '@cacheferry/topology';
import type { SlotAuthority } from '../coord/slot-authority.ts';
import type { Checkpoint } from '../write/checkpoint.ts';
import { ArgumentView } from './argument-view.ts';

/** What becomes of a command of one shard: as it is, not at all, or a flush of this shard's keys only. */
export type SlotVerdict = 'pass' | 'drop' | 'flush';

/** Decides for one shard of a clustered source which of its commands and keys count. */
export class SlotGate {
  readonly shard: string;
  readonly #authority: SlotAuthority;
  readonly #dispatched: Float64Array;
  /** The newest place in its stream that was looked at, and the names of that history. */
  readonly #at = { ids: new Set<string>(), offset: 0 };
  /** The flush at this offset is done. */
  #cleared = -1;

  constructor(shard: string, authority: SlotAuthority, dispatched: Float64Array) {
    this.shard = shard;
    this.#authority = authority;
    this.#dispatched = dispatched;
  }

  /** A full sync begins, and nothing is under way: its keys come as they were at that offset. */
  begin(replicationId: string, offset: number): void {
    this.#dispatched.fill(Number.NEGATIVE_INFINITY);
    this.#enter(replicationId, offset);
    this.#authority.begin(this.shard);
  }

  /** An attempt goes on from a checkpoint; the keys of its full sync are as they were at the offset of that. */
  goOn({ replicationId, fullSyncOffset, phase, at }: Checkpoint): void {
    this.#enter(replicationId, fullSyncOffset);
    const offset = phase === 'stream' ? at : Number.NEGATIVE_INFINITY;
    this.#authority.goOn(this.shard, { ids: this.#at.ids, offset });
  }

  #enter(replicationId: string, offset: number): void {
    this.#at.ids = new Set([replicationId]);
    this.#at.offset = offset;
  }

  /** Whether its stream is known to be read in that history. */
  knows(replicationId: string): boolean {
    return this.#at.ids.has(replicationId);
  }

  /** The history goes by another name from that offset on. */
  rename(replicationId: string, offset: number): void {
    this.#at.ids.add(replicationId);
    this.#authority.branch(this.shard, offset);
  }

  /** The flush at that offset is done. */
  clear(offset: number): void {
    this.#cleared = offset;
  }

  /** Whether a key on the target is this shard's, as far as is settled. */
  isMine(key: Buffer): boolean {
    const slot = keySlot(key);
    return this.#authority.ownerOf(slot) === this.shard && !this.#authority.isContested(slot);
  }

  /** Whether a key that was read anew may be written by the batch that ends at that offset. */
  takesRepair(key: Buffer, offset: number): boolean {
    if (!this.isMine(key)) return false;
    this.#dispatched[keySlot(key)] = offset;
    return true;
  }

  /** Whether an entry of a full sync counts. */
  takesEntry(position: number, buffer: Buffer, start: number, end: number): boolean {
    const slot = keySlot(buffer, start, end);
    if (!this.#authority.isQuiet(slot, this.shard) && !this.#authority.admits(slot, this.shard, this.#at)) return false;
    this.#dispatched[slot] = position;
    return true;
  }

  /** Looks at the command that the scanner has just walked; it ends at `offset`. */
  admit(scanner: CommandScanner, buffer: Buffer, offset: number): SlotVerdict {
    if (scanner.count < 1) return 'pass';
    const spec = lookupCommand(buffer.subarray(scanner.startOf(0), scanner.endOf(0)));
    if (!spec) return 'pass';
    if (spec.name === 'flushall' || spec.name === 'flushdb') return this.#cleared === offset ? 'drop' : 'flush';
    const first = spec.keyAt > 0 ? spec.keyAt : this.#firstKey(scanner, buffer, spec);
    if (first === undefined || first >= scanner.count) return 'pass';
    const slot = keySlot(buffer, scanner.startOf(first), scanner.endOf(first));
    if (!this.#authority.isQuiet(slot, this.shard)) {
      this.#at.offset = offset;
      if (!this.#authority.admits(slot, this.shard, this.#at)) return 'drop';
    }
    this.#dispatched[slot] = offset;
    return 'pass';
  }

  /** All keys of a command lie in one slot. */
  #firstKey(scanner: CommandScanner, buffer: Buffer, spec: NonNullable<ReturnType<typeof lookupCommand>>) {
    return keyPositions(new ArgumentView(scanner).open(buffer).from(0), spec)[0];
  }
}
