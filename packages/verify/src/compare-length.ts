import { commandHead, leafKind, type RawReplies } from '@cacheferry/resp';
import { askBoth, isSameText } from './ask-both.ts';
import type { BatchComparer, NoteSuspect } from './compare-batch.ts';
import { lengthCommands } from './read-keys.ts';
import type { Side } from './side.ts';
import type { Slot } from './slot.ts';
import { StringsFirst } from './strings-first.ts';

const strlen = commandHead('STRLEN');
const type = commandHead('TYPE');

/** Strings up to that length are read rather than asked for their length: one command over all keys costs less. */
const shortBytes = 256;
const askAgainEvery = 32;

/**
 * Compares types and lengths. Asks for the length of a string first, which says by an error that a key is none; where
 * strings turn out to be short, they are read instead.
 */
export class LengthComparer implements BatchComparer {
  readonly batchKeys = 512;
  readonly #sides: { source: Side; target: Side };
  readonly #db: number;
  readonly #note: NoteSuspect;
  readonly #strings = new StringsFirst();
  #averageBytes = Number.POSITIVE_INFINITY;
  #isReadable = true;
  #batches = 0;

  constructor(sides: { source: Side; target: Side }, db: number, note: NoteSuspect) {
    this.#sides = sides;
    this.#db = db;
    this.#note = note;
  }

  async compare(slot: Slot): Promise<void> {
    const { keys } = slot;
    let open = Array.from({ length: keys.count }, (_, i) => i);
    if (this.#strings.next()) {
      open = this.#areShort ? await this.#readStrings(slot) : await this.#askLengths(slot, open);
      this.#strings.learn(keys.count, keys.count - open.length);
    }
    if (open.length > 0) await this.#compareOthers(slot, open);
  }

  get #areShort(): boolean {
    return this.#isReadable && this.#averageBytes <= shortBytes && this.#batches++ % askAgainEvery !== 0;
  }

  /** The places of keys that are no strings on both sides, or of another length. */
  async #readStrings(slot: Slot): Promise<number[]> {
    const { keys, source, target } = slot;
    await askBoth(this.#sides, (of) => of.joined('MGET'), 1, slot);
    this.#isReadable = source.count === keys.count && target.count === keys.count;
    const isString = (replies: RawReplies, i: number) => replies.kind(i) === leafKind.bulk;
    const isOpen = (i: number) => !isString(source, i) || !isString(target, i) || source.size(i) !== target.size(i);
    const all = Array.from({ length: keys.count }, (_, i) => i);
    if (!this.#isReadable) return all;
    this.#averageBytes = source.length / Math.max(1, keys.count);
    return all.filter(isOpen);
  }

  async #askLengths(slot: Slot, places: readonly number[]): Promise<number[]> {
    const { keys, source, target } = slot;
    await askBoth(this.#sides, (of) => of.each(strlen), keys.count, slot);
    let bytes = 0;
    for (const i of places) if (isLength(source, i)) bytes += source.integer(i);
    this.#averageBytes = bytes / Math.max(1, keys.count);
    return places.filter((i) => !isLength(source, i) || !isSameText(source, target, i));
  }

  async #compareOthers(slot: Slot, open: readonly number[]): Promise<void> {
    const { keys, source, target } = slot;
    await askBoth(this.#sides, (of) => of.each(type, open), open.length, slot);
    const differing: number[] = [];
    const byCommand = new Map<string, number[]>();
    open.forEach((place, i) => {
      const command = lengthCommands[source.text(i).toString('latin1')];
      if (!isSameText(source, target, i) || source.kind(i) === leafKind.error) differing.push(place);
      else if (command) listOf(byCommand, command).push(place);
    });
    for (const [command, places] of byCommand) {
      await askBoth(this.#sides, (of) => of.each(commandHead(command), places), places.length, slot);
      places.forEach((place, i) => {
        if (source.kind(i) !== leafKind.line || !isSameText(source, target, i)) differing.push(place);
      });
    }
    for (const place of differing) this.#note({ db: this.#db, key: keys.key(place), bytes: 0, fingerprint: '' });
  }
}

function listOf(lists: Map<string, number[]>, name: string): number[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

/** A length that proves a string: nothing else has one, but an empty string and a missing key both have none. */
function isLength(replies: RawReplies, leaf: number): boolean {
  return replies.kind(leaf) === leafKind.line && replies.integer(leaf) > 0;
}
