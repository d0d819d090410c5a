import { compareIds } from '../compare-streams.ts';
import { elementName } from '../compare-values.ts';
import type { Side } from '../side.ts';
import type { BigDifferences } from './big-differences.ts';
import { PageSize } from './page-size.ts';
import { type Identified, listReply, manyReplies, scanElements } from './read-parts.ts';

export type Pair = {
  source: Side;
  target: Side;
  /** The name of the key on each side. */
  keys: Record<Side['role'], Buffer>;
  differences: BigDifferences;
  signal: AbortSignal;
};

const stringPart = 1_048_576;
const shownBytes = 64;

/** Compares two strings window by window. */
export async function compareBigStrings({ source, target, keys, differences, signal }: Pair): Promise<void> {
  const [left, right] = await both([source, target], (side) => side.read.call('STRLEN', keys[side.role]).then(Number));
  if (left !== right) differences.add('value', 'length', Buffer.from(String(left)), Buffer.from(String(right)));
  const end = Math.max(left, right);
  for (let at = 0; at < end && !differences.isFull; at += stringPart) {
    signal.throwIfAborted();
    const [a, b] = await both([source, target], (side) =>
      side.read.call('GETRANGE', keys[side.role], at, at + stringPart - 1),
    );
    if (!Buffer.isBuffer(a) || !Buffer.isBuffer(b) || a.equals(b)) continue;
    let first = 0;
    while (first < a.length && first < b.length && a[first] === b[first]) first++;
    const shown = (bytes: Buffer) => bytes.subarray(first, first + shownBytes);
    differences.add('value', `byte ${at + first}`, shown(a), shown(b));
  }
}

/** Compares two lists index by index. */
export async function compareBigLists({ source, target, keys, differences, signal }: Pair): Promise<void> {
  const size = new PageSize();
  for (let at = 0; !differences.isFull; ) {
    signal.throwIfAborted();
    const end = at + size.elements - 1;
    const [a, b] = await both([source, target], (side) => listReply(side, ['LRANGE', keys[side.role], at, end]));
    const count = Math.max(a.length, b.length);
    if (count === 0) return;
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const left = bufferOf(a[i]);
      const right = bufferOf(b[i]);
      bytes += Math.max(left?.length ?? 0, right?.length ?? 0);
      if (!left || !right || !left.equals(right)) differences.add('value', `index ${at + i}`, left, right);
    }
    at = end + 1;
    size.learn(count, bytes);
  }
}

/** How one kind of collection is scanned, and asked for single elements of a page. */
type Lookup = {
  scan: string;
  stride: 1 | 2;
  kind: string;
  ask: (side: Side, key: Buffer, names: Buffer[]) => Promise<(Buffer | null)[]>;
};

const present = Buffer.alloc(0);

export const lookups: Record<'set' | 'zset' | 'hash', Lookup> = {
  set: {
    scan: 'SSCAN',
    stride: 1,
    kind: 'member',
    ask: async (side, key, names) => {
      const replies = await manyReplies(
        side,
        names.map((name) => ['SISMEMBER', key, name]),
      );
      return replies.map((reply) => (Number(reply) === 1 ? present : null));
    },
  },
  zset: {
    scan: 'ZSCAN',
    stride: 2,
    kind: 'member',
    ask: async (side, key, names) => {
      const replies = await manyReplies(
        side,
        names.map((name) => ['ZSCORE', key, name]),
      );
      return replies.map(bufferOf).map((score) => score && scoreOf(score));
    },
  },
  hash: {
    scan: 'HSCAN',
    stride: 2,
    kind: 'field',
    ask: async (side, key, names) => (await listReply(side, ['HMGET', key, ...names])).map(bufferOf),
  },
};

/** Compares two sets, sorted sets or hashes: each element of either side is asked for on the other. */
export async function compareBigCollections(pair: Pair, lookup: Lookup): Promise<void> {
  await compareOneWay(pair, lookup, 'source');
  await compareOneWay(pair, lookup, 'target');
}

async function compareOneWay(
  pair: Pair,
  { scan, stride, kind, ask }: Lookup,
  from: 'source' | 'target',
): Promise<void> {
  const { source, target, keys, differences, signal } = pair;
  const [here, there] = from === 'source' ? [source, target] : [target, source];
  for await (const page of scanElements(here, scan, keys[here.role])) {
    signal.throwIfAborted();
    if (differences.isFull) return;
    const names = stride === 1 ? page : page.filter((_, i) => i % 2 === 0);
    if (names.length === 0) continue;
    const found = await ask(there, keys[there.role], names);
    names.forEach((name, i) => {
      const own = stride === 1 ? present : valueOf(scan, page[i * 2 + 1] as Buffer);
      const other = found[i] ?? null;
      if (other?.equals(own)) return;
      // What is on both sides was told on the way there.
      if (from === 'source') differences.add('value', elementName(kind, name), own, other);
      else if (other === null) differences.add('value', elementName(kind, name), null, own);
    });
  }
}

/** Walks two ordered lists side by side and tells what is not the same on both, until `tell` has enough. */
export async function compareOrdered(
  source: AsyncGenerator<Identified[]>,
  target: AsyncGenerator<Identified[]>,
  tell: (id: string, source: Buffer | null, target: Buffer | null) => boolean,
): Promise<void> {
  const left = new PagedList(source);
  const right = new PagedList(target);
  for (;;) {
    if (left.isUsedUp) await left.turn();
    if (right.isUsedUp) await right.turn();
    const order = orderOf(left.first, right.first);
    if (order === undefined) return;
    const a = order <= 0 ? left.first : undefined;
    const b = order >= 0 ? right.first : undefined;
    if (!isSame(a, b) && !tell(idOf(a, b), a?.value ?? null, b?.value ?? null)) return;
    if (a) left.drop();
    if (b) right.drop();
  }
}

/** A list that comes in pages, looked at from its front; only the turn to another page is waited for. */
class PagedList {
  readonly #pages: AsyncGenerator<Identified[]>;
  #page: Identified[] = [];
  #at = 0;
  #isEnded = false;

  constructor(pages: AsyncGenerator<Identified[]>) {
    this.#pages = pages;
  }

  get first(): Identified | undefined {
    return this.#page[this.#at];
  }

  get isUsedUp(): boolean {
    return !this.#isEnded && this.#at >= this.#page.length;
  }

  drop(): void {
    this.#at++;
  }

  async turn(): Promise<void> {
    this.#at = 0;
    do {
      const next = await this.#pages.next();
      this.#isEnded = next.done === true;
      this.#page = next.done ? [] : next.value;
    } while (!this.#isEnded && this.#page.length === 0);
  }
}

const isSame = (a?: Identified, b?: Identified): boolean =>
  a !== undefined && b !== undefined && a.value.equals(b.value);
const idOf = (a?: Identified, b?: Identified): string => a?.id ?? b?.id ?? '';

/** Undefined when both are at their end. */
function orderOf(left: Identified | undefined, right: Identified | undefined): number | undefined {
  if (!left) return right ? 1 : undefined;
  return right ? compareIds(left.id, right.id) : -1;
}

/** The same work on both sides at once. */
export async function both<T>(sides: readonly [Side, Side], work: (side: Side) => Promise<T>): Promise<[T, T]> {
  return Promise.all([work(sides[0]), work(sides[1])]);
}

const bufferOf = (reply: unknown): Buffer | null => (Buffer.isBuffer(reply) ? reply : null);
const valueOf = (scan: string, value: Buffer): Buffer => (scan === 'ZSCAN' ? scoreOf(value) : value);

/** A score in one form: servers print the same number in different ways. */
function scoreOf(text: Buffer): Buffer {
  const word = text.toString('latin1');
  const score = /inf|nan/.test(word) ? word : String(Number(word) + 0);
  return Buffer.from(score);
}
