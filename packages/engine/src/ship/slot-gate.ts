import { keyPositions, lookupCommand } from '@cacheferry/commands';
import type { CommandScanner } from '@cacheferry/resp';
import { keySlot } from '@cacheferry/topology';
import type { SlotAuthority } from '../coord/slot-authority.ts';
import { ArgumentView } from './argument-view.ts';
import { KeyHash } from './key-hash.ts';

/** Why a stream has to wait: a key came from another shard whose part is not on the target yet. */
export type SlotWait = { slot: number; key: number; isArrival: boolean; offset: number };

/** What becomes of a command of one shard: as it is, not at all, in other words, with keys removed before, or later. */
export type SlotVerdict =
  | { kind: 'pass' | 'drop' | 'flush' }
  | { kind: 'instead'; words: Buffer[] }
  | { kind: 'anew'; keys: Buffer[] }
  | { kind: 'wait'; wait: SlotWait };

const pass: SlotVerdict = { kind: 'pass' };
const drop: SlotVerdict = { kind: 'drop' };
const flush: SlotVerdict = { kind: 'flush' };

/**
 * Decides for one shard of a clustered source which of its commands and keys count.
 *
 * A key moves by RESTORE-ASKING in one stream and DEL in another, and streams are read at different speeds. So an arrival
 * waits until the target contains the departure; a key that was created where its slot was going to needs nothing of
 * what the old owner still has to say about it.
 */
export class SlotGate {
  readonly shard: string;
  readonly #authority: SlotAuthority;
  readonly #dispatched: Float64Array;
  readonly #hash = new KeyHash();
  readonly #arrived = new Set<number>();
  /** The command at this offset has waited. */
  #cleared = -1;

  constructor(shard: string, authority: SlotAuthority, dispatched: Float64Array) {
    this.shard = shard;
    this.#authority = authority;
    this.#dispatched = dispatched;
  }

  /** Slots of entries that arrived since it was asked last. */
  takeArrived(): number[] {
    const slots = [...this.#arrived];
    this.#arrived.clear();
    return slots;
  }

  /** The command at that offset has waited long enough. */
  clear(offset: number): void {
    this.#cleared = offset;
  }

  /** Whether what a stream waits for has come about. */
  isOver({ slot, key, isArrival }: SlotWait): boolean {
    return isArrival ? this.#authority.hasLeft(key, this.shard) : this.#authority.isSettled(slot, this.shard);
  }

  /** Whether a key on the target is this shard's. */
  isMine(key: Buffer): boolean {
    return this.#authority.holderOf(keySlot(key), this.#keyOf(key)) === this.shard;
  }

  /** An entry of a full sync: plain, one that came from another shard before, or one that went there meanwhile. */
  entry(position: number, buffer: Buffer, start: number, end: number): 'own' | 'arrived' | 'gone' {
    const slot = keySlot(buffer, start, end);
    this.#dispatched[slot] = position;
    if (this.#authority.isQuiet(slot, this.shard)) return 'own';
    const key = this.#hashOf(buffer, start, end);
    if (this.#authority.holderOf(slot, key) === this.shard) return 'own';
    if (this.#authority.ownerOf(slot) === this.shard) return 'gone';
    this.#authority.settleKey(slot, key, this.shard);
    this.#arrived.add(slot);
    return 'arrived';
  }

  /** Looks at the command that the scanner has just walked; it ends at `offset`. */
  admit(scanner: CommandScanner, buffer: Buffer, offset: number): SlotVerdict {
    if (scanner.count < 1) return pass;
    const name = buffer.subarray(scanner.startOf(0), scanner.endOf(0));
    const spec = lookupCommand(name);
    if (!spec) return pass;
    if (spec.name === 'flushall' || spec.name === 'flushdb') return this.#cleared === offset ? drop : flush;
    const args = new ArgumentView(scanner).open(buffer);
    const positions = spec.keyAt > 0 ? [spec.keyAt] : keyPositions(args.from(0), spec);
    const [first] = positions;
    if (first === undefined || first >= scanner.count) return pass;
    const slot = keySlot(buffer, scanner.startOf(first), scanner.endOf(first));
    const isArrival = spec.name === 'restore-asking';
    const isRemoval = spec.name === 'del' || spec.name === 'unlink';
    if (!isArrival && !isRemoval && this.#authority.isQuiet(slot, this.shard)) return this.#sent(slot, offset, pass);
    const keys = positions.map((at) => args.at(at));
    if (isArrival) return this.#arrival(slot, keys[0] as Buffer, offset);
    return isRemoval ? this.#removal(slot, keys, offset, name) : this.#other(slot, keys, offset);
  }

  #arrival(slot: number, bytes: Buffer, offset: number): SlotVerdict {
    const key = this.#keyOf(bytes);
    const isHere = this.#authority.holderOf(slot, key) === this.shard && this.#authority.ownerOf(slot) !== this.shard;
    const isDue = isHere || this.#cleared === offset || this.#authority.hasLeft(key, this.shard);
    if (!isDue) return { kind: 'wait', wait: { slot, key, isArrival: true, offset } };
    this.#authority.settleKey(slot, key, this.shard, true);
    this.#authority.revive(key, this.shard);
    return this.#sent(slot, offset, pass);
  }

  #removal(slot: number, keys: readonly Buffer[], offset: number, name: Buffer): SlotVerdict {
    const own = keys.filter((bytes) => {
      const key = this.#keyOf(bytes);
      if (this.#authority.holderOf(slot, key) !== this.shard) return false;
      this.#authority.depart(key, { slot, shard: this.shard, offset });
      // What is gone lives nowhere: whoever makes it anew has it.
      this.#authority.settleKey(slot, key, this.#authority.ownerOf(slot));
      return true;
    });
    if (own.length === keys.length) return this.#sent(slot, offset, pass);
    if (own.length === 0) return drop;
    return this.#sent(slot, offset, { kind: 'instead', words: [name, ...own] });
  }

  /** A first word about a key where its slot is going to means that the key is made there. */
  #other(slot: number, keys: readonly Buffer[], offset: number): SlotVerdict {
    const hashes = keys.map((bytes) => this.#keyOf(bytes));
    const strange = keys.filter((_, at) => this.#authority.holderOf(slot, hashes[at] as number) !== this.shard);
    if (strange.length === 0) {
      for (const key of hashes) this.#authority.revive(key, this.shard);
      return this.#sent(slot, offset, pass);
    }
    // Words of the old owner about a key that was made elsewhere are older, unless it had let that key go before.
    const isLater = hashes.every((key) => this.#authority.hasArrived(slot, key));
    if (this.#authority.ownerOf(slot) === this.shard && !isLater) return drop;
    if (this.#cleared !== offset && !this.#authority.isSettled(slot, this.shard))
      return { kind: 'wait', wait: { slot, key: hashes[0] as number, isArrival: false, offset } };
    for (const key of hashes) this.#authority.settleKey(slot, key, this.shard);
    return this.#sent(slot, offset, { kind: 'anew', keys: strange });
  }

  #sent(slot: number, offset: number, verdict: SlotVerdict): SlotVerdict {
    this.#dispatched[slot] = offset;
    return verdict;
  }

  #keyOf(bytes: Buffer): number {
    return this.#hashOf(bytes, 0, bytes.length);
  }

  /** 53 of its 64 bits, so that it is a number. */
  #hashOf(bytes: Buffer, start: number, end: number): number {
    const { high, low } = this.#hash.of(0, bytes, start, end);
    return high * 0x20_0000 + (low >>> 11);
  }
}
