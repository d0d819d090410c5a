import { Cursor } from '../cursor.ts';
import type { RdbMagic } from '../entry.ts';
import { LayoutWalk } from '../layout-walk.ts';
import { type Layout, layoutOf } from '../value-layout.ts';
import { damagedValue } from '../values/damaged.ts';
import { ByteWriter } from './byte-writer.ts';

/** Steps that older forms of a stream do not have, newest first: what a form leaves out and all that stands above it. */
const since: readonly [type: number, labels: readonly string[]][] = [
  [26, ['idmp']],
  [21, ['active']],
  [19, ['firstMs', 'firstSeq', 'deletedMs', 'deletedSeq', 'added', 'entriesRead']],
];

/**
 * Writes a stream in an older form (21, 19 or 15): its nodes, groups and pending entries stay byte for byte, what the
 * older form has no place for is left out.
 *
 * Throws `rdb.corrupt`. Returns the body, and how many pending entries without a consumer had to be left out.
 */
export function recodeStream(
  type: number,
  magic: RdbMagic,
  body: Buffer,
  to: number,
): { body: Buffer; unowned: number } {
  const layout = layoutOf(type, magic) as Layout;
  const dropped = new Set(since.filter(([form]) => form > to).flatMap(([, labels]) => labels));
  const unowned = type === 27 && to < 27 ? unownedIds(layout, body) : new Map<number, Set<string>>();
  const copy = new StreamCopy(body, layout, dropped, unowned);
  return { body: copy.run(), unowned: [...unowned.values()].reduce((sum, ids) => sum + ids.size, 0) };
}

/** Calls for each labelled step of a stream, in order. */
function eachStep(layout: Layout, body: Buffer, take: (label: string, before: number, cursor: Cursor) => void): void {
  const cursor = new Cursor();
  cursor.open(body, 0, body.length);
  const walk = new LayoutWalk();
  walk.open(layout);
  const isWhole = walk.run(cursor, (pc, before) => take(layout.labels[pc] as string, before, cursor));
  if (!isWhole || cursor.at !== body.length) throw damagedValue('stream', cursor.at);
}

/** The ids of entries that were given back (XNACK), by the number of their group. */
function unownedIds(layout: Layout, body: Buffer): Map<number, Set<string>> {
  const byGroup = new Map<number, Set<string>>();
  let group = 0;
  eachStep(layout, body, (label, before) => {
    if (label === 'groupEnd') group++;
    if (label !== 'nackId') return;
    const ids = byGroup.get(group) ?? new Set();
    byGroup.set(group, ids.add(body.toString('latin1', before, before + 16)));
  });
  return byGroup;
}

class StreamCopy {
  readonly #out: ByteWriter;
  readonly #body: Buffer;
  readonly #layout: Layout;
  readonly #dropped: ReadonlySet<string>;
  readonly #unowned: ReadonlyMap<number, ReadonlySet<string>>;
  #group = 0;
  #isSkipping = false;

  constructor(
    body: Buffer,
    layout: Layout,
    dropped: ReadonlySet<string>,
    unowned: ReadonlyMap<number, ReadonlySet<string>>,
  ) {
    this.#body = body;
    this.#layout = layout;
    this.#dropped = dropped;
    this.#unowned = unowned;
    this.#out = new ByteWriter(body.length);
  }

  run(): Buffer {
    eachStep(this.#layout, this.#body, (label, before, cursor) => this.#take(label, before, cursor));
    return this.#out.bytes;
  }

  #take(label: string, before: number, cursor: Cursor): void {
    if (label === 'groupEnd') this.#group++;
    if (this.#dropped.has(label) || label === 'nacks' || label === 'nackId') return;
    const unowned = this.#unowned.get(this.#group);
    if (unowned && label.startsWith('pel')) {
      if (label === 'pel') return void this.#out.count(cursor.value - unowned.size);
      if (label === 'pelId') this.#isSkipping = unowned.has(this.#body.toString('latin1', before, before + 16));
      if (this.#isSkipping) return;
    }
    this.#out.raw(this.#body, before, cursor.at);
  }
}
