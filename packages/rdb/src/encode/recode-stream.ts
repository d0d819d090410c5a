import { Cursor } from '../cursor.ts';
import type { RdbMagic } from '../entry.ts';
import { LayoutWalk } from '../layout-walk.ts';
import { type Layout, layoutOf } from '../value-layout.ts';
import { damagedValue } from '../values/damaged.ts';
import { ByteWriter } from './byte-writer.ts';

/** Steps that older forms of a stream do not have, newest first: what a form leaves out and all that stands above it. */
const since: readonly [type: number, labels: readonly string[]][] = [
  [26, ['idmp', 'idmpId']],
  [21, ['active']],
  [19, ['firstMs', 'firstSeq', 'deletedMs', 'deletedSeq', 'added', 'entriesRead']],
];
/** The form whose groups list pending entries without a consumer. */
const withUnowned = 27;
const noneUnowned: Unowned = new Map();

/** Ids of pending entries without a consumer, by the number of their group. */
type Unowned = ReadonlyMap<number, ReadonlySet<string>>;

/**
 * Writes a stream in an older form (21, 19 or 15): its nodes, groups and pending entries stay byte for byte, what the
 * older form has no place for is left out.
 *
 * Throws `rdb.corrupt`. Returns the body, and how many pending entries without a consumer and how many ids of messages,
 * which a stream keeps so that none is added twice, had to be left out.
 */
export function recodeStream(
  type: number,
  magic: RdbMagic,
  body: Buffer,
  to: number,
): { body: Buffer; unowned: number; messageIds: number } {
  const unowned = type === withUnowned ? unownedIds(layoutOf(type, magic) as Layout, body) : noneUnowned;
  const copy = new StreamCopy({ type, magic, to }, unowned, body.length);
  const copied = copy.take(body, 0, body.length, true);
  const left = [...unowned.values()].reduce((sum, ids) => sum + ids.size, 0);
  return { body: copied, unowned: left, messageIds: copy.lostMessageIds };
}

/** Whether a stream of that form can be copied piece by piece: what is left out does not depend on what comes later. */
export function isCopiedInPieces(type: number): boolean {
  return type !== withUnowned;
}

/** Copies a stream into an older form, whole or in pieces that end between two steps. */
export class StreamCopy {
  /** Ids of messages that were left out. */
  lostMessageIds = 0;
  readonly #layout: Layout;
  readonly #walk = new LayoutWalk();
  readonly #cursor = new Cursor();
  readonly #out: ByteWriter;
  readonly #dropped: ReadonlySet<string>;
  readonly #unowned: Unowned;
  #group = 0;
  #isSkipping = false;

  constructor(
    { type, magic, to }: { type: number; magic: RdbMagic; to: number },
    unowned: Unowned = noneUnowned,
    startBytes = 65_536,
  ) {
    this.#out = new ByteWriter(startBytes);
    this.#layout = layoutOf(type, magic) as Layout;
    this.#walk.open(this.#layout);
    this.#dropped = new Set(since.filter(([form]) => form > to).flatMap(([, labels]) => labels));
    this.#unowned = unowned;
  }

  /** The next piece in the older form; valid until the next one. Throws `rdb.corrupt`. */
  take(buffer: Buffer, start: number, end: number, isLast: boolean): Buffer {
    const cursor = this.#cursor;
    this.#out.clear();
    cursor.open(buffer, start, end);
    const isWhole = this.#walk.run(cursor, (pc, before) => this.#step(this.#layout.labels[pc] as string, before));
    if (cursor.at !== end || (isLast && !isWhole)) throw damagedValue('stream', cursor.at);
    return this.#out.bytes;
  }

  #step(label: string, before: number): void {
    const { buffer, at, value } = this.#cursor;
    if (label === 'groupEnd') this.#group++;
    if (label === 'idmpId' && this.#dropped.has(label)) this.lostMessageIds++;
    if (this.#dropped.has(label) || label === 'nacks' || label === 'nackId') return;
    const unowned = this.#unowned.get(this.#group);
    if (unowned && label.startsWith('pel')) {
      if (label === 'pel') return void this.#out.count(value - unowned.size);
      if (label === 'pelId') this.#isSkipping = unowned.has(buffer.toString('latin1', before, before + 16));
      if (this.#isSkipping) return;
    }
    this.#out.raw(buffer, before, at);
  }
}

/** The ids of entries that were given back (XNACK), by the number of their group. */
function unownedIds(layout: Layout, body: Buffer): Unowned {
  const cursor = new Cursor();
  cursor.open(body, 0, body.length);
  const walk = new LayoutWalk();
  walk.open(layout);
  const byGroup = new Map<number, Set<string>>();
  let group = 0;
  const isWhole = walk.run(cursor, (pc, before) => {
    const label = layout.labels[pc] as string;
    if (label === 'groupEnd') group++;
    if (label !== 'nackId') return;
    const ids = byGroup.get(group) ?? new Set();
    byGroup.set(group, ids.add(body.toString('latin1', before, before + 16)));
  });
  if (!isWhole || cursor.at !== body.length) throw damagedValue('stream', cursor.at);
  return byGroup;
}
