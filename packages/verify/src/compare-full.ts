import { commandHead, leafKind, type RawReplies } from '@cacheferry/resp';
import { askBoth, isSameText } from './ask-both.ts';
import { BatchSize } from './batch-size.ts';
import type { BatchComparer, NoteSuspect } from './compare-batch.ts';
import { compareReadings, footerBytes } from './compare-readings.ts';
import { isRightExpiry, type TtlRule } from './expiry.ts';
import { expiryOf, type Side } from './side.ts';
import type { Slot } from './slot.ts';
import { StringsFirst } from './strings-first.ts';

const dump = commandHead('DUMP');
const none = { expireAtMs: -1, type: null, length: null, refusal: null };

export type FullContext = {
  source: Side;
  target: Side;
  db: number;
  ttl: TtlRule;
  /** Whether any key of the two databases can expire. */
  hasExpiries: boolean;
  now: () => number;
  note: NoteSuspect;
};

/**
 * Compares whole values and their expiry. Strings are read plainly; what is no string, or differs, by DUMP, whose bytes
 * decide unless they differ: then the decoded values do, since versions write the same value in different ways.
 */
export class FullComparer implements BatchComparer {
  readonly #context: FullContext;
  readonly #size = new BatchSize();
  readonly #strings = new StringsFirst();

  constructor(context: FullContext) {
    this.#context = context;
  }

  get batchKeys(): number {
    return this.#size.keys;
  }

  async compare(slot: Slot): Promise<void> {
    const suspects = new Map<number, number>();
    const times = this.#context.hasExpiries ? this.#askTimes(slot) : Promise.resolve();
    const strings = this.#strings.next() ? this.#compareStrings(slot, suspects) : null;
    const [open] = await Promise.all([strings, times]);
    if (this.#context.hasExpiries) this.#addDifferingTimes(slot, suspects);
    if (open === null || open.length > 0) await this.#compareDumps(slot, open, suspects);
    for (const [place, bytes] of suspects) {
      this.#context.note({ db: this.#context.db, key: slot.keys.key(place), bytes, fingerprint: '' });
    }
  }

  /** The places of keys that are no strings on both sides, or are not the same; very long ones go to `suspects`. */
  async #compareStrings(slot: Slot, suspects: Map<number, number>): Promise<number[] | null> {
    const { keys, source, target } = slot;
    await askBoth(this.#context, (of) => of.joined('MGET'), 1, slot);
    if (source.count !== keys.count || target.count !== keys.count) {
      this.#strings.forbid();
      return null;
    }
    const isEqual = source.equals(target);
    const open: number[] = [];
    for (let i = 0; i < keys.count; i++) {
      const isString = source.kind(i) === leafKind.bulk;
      if (source.kind(i) === leafKind.big || target.kind(i) === leafKind.big) {
        suspects.set(i, source.size(i) + target.size(i));
        continue;
      }
      if (!isString || !(isEqual || isSameText(source, target, i))) open.push(i);
    }
    this.#strings.learn(keys.count, keys.count - open.length);
    this.#size.learn(keys.count, bytesIn(source));
    return open;
  }

  /** All keys when `places` is null. Adds what differs to `suspects`, by its place. */
  async #compareDumps(slot: Slot, places: number[] | null, suspects: Map<number, number>): Promise<void> {
    const { keys, source, target } = slot;
    const count = places?.length ?? keys.count;
    await askBoth(this.#context, (of) => of.each(dump, places ?? undefined), count, slot);
    this.#size.learn(count, bytesIn(source));
    if (source.equals(target) && !hasErrors(source)) return;
    for (let i = 0; i < count; i++) {
      if (!this.#isSameDump(source, target, i)) suspects.set(places?.[i] ?? i, source.size(i) + target.size(i));
    }
  }

  #isSameDump(source: RawReplies, target: RawReplies, i: number): boolean {
    const left = source.kind(i);
    const right = target.kind(i);
    if (left === leafKind.nil && right === leafKind.nil) return true;
    if (left !== leafKind.bulk || right !== leafKind.bulk) return false;
    if (isSameText(source, target, i, footerBytes)) return true;
    const reading = (replies: RawReplies) => ({ ...none, dump: replies.text(i) });
    return compareReadings(reading(source), reading(target), this.#context.ttl).length === 0;
  }

  async #askTimes({ keys, targetKeys, sourceTimes, targetTimes }: Slot): Promise<void> {
    const { source, target } = this.#context;
    await Promise.all([
      source.read.send(keys.each(source.ttlHead), sourceTimes.expect(keys.count)),
      target.read.send(targetKeys.each(target.ttlHead), targetTimes.expect(keys.count)),
    ]);
  }

  #addDifferingTimes({ keys, sourceTimes, targetTimes }: Slot, suspects: Map<number, number>): void {
    const { source, target, ttl, now } = this.#context;
    const areComparable = source.hasExactTtl && target.hasExactTtl && !ttl.moved;
    if (areComparable && sourceTimes.equals(targetTimes) && !hasErrors(sourceTimes)) return;
    const nowMs = now();
    for (let i = 0; i < keys.count; i++) {
      const isRead = sourceTimes.kind(i) === leafKind.line && targetTimes.kind(i) === leafKind.line;
      const left = isRead ? expiryOf(source, sourceTimes.integer(i), nowMs) : -1;
      const right = isRead ? expiryOf(target, targetTimes.integer(i), nowMs) : -1;
      if ((!isRead || !isRightExpiry(left, right, ttl)) && !suspects.has(i)) suspects.set(i, 0);
    }
  }
}

function hasErrors(replies: RawReplies): boolean {
  for (let i = 0; i < replies.count; i++) if (replies.kind(i) === leafKind.error) return true;
  return false;
}

/** Bytes that the values take on the wire, those included that were not kept. */
function bytesIn(replies: RawReplies): number {
  let bytes = replies.length;
  for (let i = 0; i < replies.count; i++) if (replies.kind(i) === leafKind.big) bytes += replies.size(i);
  return bytes;
}
