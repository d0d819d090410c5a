import { FerryError } from '@cacheferry/kernel';
import { Cursor } from '../cursor.ts';
import type { RdbMagic } from '../entry.ts';
import { LayoutWalk } from '../layout-walk.ts';
import { moduleNameAt } from '../module-name.ts';
import { type Layout, layoutOf } from '../value-layout.ts';
import { collectionSteps } from './collections.ts';
import { damagedValue } from './damaged.ts';
import type { ElementSink } from './element-sink.ts';
import { streamSteps } from './stream-groups.ts';
import { valueTypeOf } from './value-type.ts';

/**
 * What to do at the labelled steps of a layout; `before` is where the step's bytes begin, they end at the cursor.
 * `pause` is called before the bytes of a piece go away, `end` after the last one.
 */
export type StepHandlers = Record<string, (before: number) => void>;

/**
 * Gives the elements of one value to a sink, from its raw body, whole or in pieces: those of a walker's `entryPart`
 * end between two steps, others anywhere. Needs memory for one packed node, not for the value.
 *
 * Throws `rdb.unsupported` for a type that is not known, `rdb.corrupt` for a body that contradicts itself,
 * `rdb.truncated` when it ends early.
 */
export class ValueDecoder {
  readonly #cursor = new Cursor();
  readonly #walk = new LayoutWalk();
  readonly #layout: Layout;
  readonly #steps: StepHandlers;

  constructor(type: number, magic: RdbMagic, sink: ElementSink, offset = 0) {
    const layout = layoutOf(type, magic);
    if (layout === undefined) throw new FerryError('rdb.unsupported', { what: 'value type', number: type, offset });
    this.#layout = layout;
    this.#cursor.base = offset;
    this.#steps = stepsOf(type, magic, this.#cursor, sink);
    this.#walk.open(layout);
  }

  /**
   * Decodes the next piece. Returns where its last whole step ends: a piece may be cut anywhere when the next one begins
   * there, and reaches further where that is its start.
   */
  feed(buffer: Buffer, start: number, end: number, isLast: boolean): number {
    const cursor = this.#cursor;
    const consumed = cursor.base + cursor.at;
    cursor.open(buffer, start, end);
    cursor.base = consumed - start;
    const isWhole = this.#walk.run(cursor, (pc, before) => {
      const label = this.#layout.labels[pc] as string;
      if (label !== '') this.#steps[label]?.(before);
    });
    if (!isLast) {
      this.#steps.pause?.(cursor.at);
      return cursor.at;
    }
    if (!isWhole) throw new FerryError('rdb.truncated', { offset: cursor.base + cursor.at });
    if (cursor.at !== end) throw damagedValue('bytes behind the value', cursor.base + cursor.at);
    this.#steps.end?.(cursor.at);
    return end;
  }
}

/** Gives the elements of a whole value to a sink. */
export function decodeValue(type: number, magic: RdbMagic, body: Buffer, sink: ElementSink): void {
  new ValueDecoder(type, magic, sink).feed(body, 0, body.length, true);
}

function stepsOf(type: number, magic: RdbMagic, cursor: Cursor, sink: ElementSink): StepHandlers {
  const kind = valueTypeOf(type, magic);
  if (kind === 'stream') return streamSteps(cursor, sink);
  if (kind !== 'module') return collectionSteps(type, magic, cursor, sink);
  return {
    moduleId: (before) => {
      const { name, version } = moduleNameAt(cursor.buffer, before);
      sink.module(name, version);
    },
  };
}
