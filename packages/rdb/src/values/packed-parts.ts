import { Cursor } from '../cursor.ts';
import type { RdbMagic } from '../entry.ts';
import { LayoutWalk } from '../layout-walk.ts';
import { unpackLzfInto } from '../lzf.ts';
import { type Layout, layoutsOf } from '../value-layout.ts';
import { type CountPacked, countIntset, countListpack, countZiplist } from './count-packed.ts';
import { countStreamNode } from './count-stream-node.ts';

/** What stands at a step, by its label. */
const counts: Partial<Record<string, CountPacked>> = {
  listpack: countListpack,
  node: countStreamNode,
  quicknode: countListpack,
  ziplist: countZiplist,
  intset: countIntset,
};
const lzf = 3;
const plainNode = 1;
/** How many elements belong together. */
const strides: Partial<Record<number, number>> = { 12: 2, 13: 2, 16: 2, 17: 2, 23: 3, 25: 3 };
const packedTypes = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 25, 26, 27];

/**
 * Tells whether the packed parts of values are whole: servers take most of them unread, and end at the first access to one
 * that is not. Makes no object per element; whether an element is there twice is not looked at.
 */
export class PackedParts {
  readonly #layouts: readonly (Layout | undefined)[];
  readonly #isPacked: readonly boolean[];
  readonly #cursor = new Cursor();
  readonly #walk = new LayoutWalk();
  #room = new Uint8Array(65_536);
  #stride = 1;
  #container = 0;
  #isSound = true;
  #layout: Layout = { steps: [], labels: [], plain: [] };

  constructor(magic: RdbMagic) {
    this.#layouts = layoutsOf(magic);
    this.#isPacked = this.#layouts.map((layout, type) => layout !== undefined && packedTypes.includes(type));
  }

  /** Whether the value in `buffer[start, end)` may be given to a server. */
  isSound(type: number, buffer: Buffer, start: number, end: number): boolean {
    if (!this.#isPacked[type]) return true;
    const cursor = this.#cursor;
    cursor.open(buffer, start, end);
    this.#stride = strides[type] ?? 1;
    this.#isSound = true;
    this.#layout = this.#layouts[type] as Layout;
    this.#walk.open(this.#layout);
    return this.#walk.run(cursor, this.#step) && this.#isSound && cursor.at === end;
  }

  readonly #step = (pc: number): void => {
    const label = this.#layout.labels[pc] as string;
    if (label === 'container') this.#container = this.#cursor.value;
    const count = counts[label];
    if (count === undefined || !this.#isSound) return;
    if (label === 'quicknode' && this.#container === plainNode) return;
    const found = this.#count(count);
    this.#isSound = found >= 0 && found % this.#stride === 0;
  };

  #count(count: CountPacked): number {
    const { kind, size, buffer, from, to } = this.#cursor;
    if (kind === -1) return count(buffer, from, to);
    if (kind !== lzf || size > (to - from) * 88) return -1;
    if (size > this.#room.length) this.#room = new Uint8Array(size);
    const isWhole = unpackLzfInto({ bytes: buffer, start: from, end: to }, this.#room, 0, size);
    return isWhole ? count(this.#room, 0, size) : -1;
  }
}
