import { FerryError } from '@cacheferry/kernel';
import type { Cursor } from './cursor.ts';
import { skimRounds } from './skim.ts';
import type { Layout, Step } from './value-layout.ts';

/** Is told of each step that was taken: its place in the layout and where its bytes begin; they end at the cursor. */
export type StepListener = (pc: number, before: number) => void;

/**
 * Runs a layout over a cursor, one step at a time, and remembers what is done: a value that is cut goes on at the
 * step that was cut. Steps never nest deeper than four repeats.
 */
export class LayoutWalk {
  #layout: Layout = { steps: [], labels: [], plain: [] };
  #pc = 0;
  #depth = 0;
  readonly #left = [0, 0, 0, 0];
  readonly #start = [0, 0, 0, 0];

  /** Begins a value. */
  open(layout: Layout): void {
    this.#layout = layout;
    this.#pc = 0;
    this.#depth = 0;
  }

  /** Goes on as far as the window reaches; false leaves the cursor after the last whole step. */
  run(cursor: Cursor, listener?: StepListener): boolean {
    const { steps, plain } = this.#layout;
    while (this.#pc < steps.length) {
      const pc = this.#pc;
      const body = plain[pc];
      if (body !== undefined && listener === undefined) this.#skim(cursor, body);
      const before = cursor.at;
      if (!this.#step(cursor, steps[pc] as Step)) {
        cursor.at = before;
        return false;
      }
      if (listener) listener(pc, before);
    }
    return true;
  }

  /** Passes over all but the last round of a repeat that stands at its first step. */
  #skim(cursor: Cursor, body: readonly number[]): void {
    const level = this.#depth - 1;
    const left = this.#left[level] as number;
    if (left > 1) this.#left[level] = left - skimRounds(cursor, body, left - 1);
  }

  #step(cursor: Cursor, step: Step): boolean {
    if (step === 'str') return cursor.string() && this.#next();
    if (typeof step === 'number') return cursor.skip(step) && this.#next();
    switch (step) {
      case 'len':
        return cursor.count(Number.MAX_VALUE) && this.#next();
      case 'score':
        return skipScore(cursor) && this.#next();
      case 'repeat':
        return cursor.count() && this.#enter(cursor.value);
      case 'end':
        return this.#again();
      case 'module':
        return this.#module(cursor);
    }
  }

  #next(): boolean {
    this.#pc++;
    return true;
  }

  #enter(count: number): boolean {
    if (count === 0) {
      this.#pc = endOf(this.#layout.steps, this.#pc) + 1;
      return true;
    }
    this.#left[this.#depth] = count;
    this.#start[this.#depth++] = ++this.#pc;
    return true;
  }

  #again(): boolean {
    const level = this.#depth - 1;
    const left = (this.#left[level] as number) - 1;
    this.#left[level] = left;
    if (left > 0) this.#pc = this.#start[level] as number;
    else {
      this.#depth = level;
      this.#pc++;
    }
    return true;
  }

  /** One opcode and what it carries, per step; opcode 0 ends the module's value. */
  #module(cursor: Cursor): boolean {
    if (!cursor.count()) return false;
    switch (cursor.value) {
      case 0:
        return this.#next();
      case 1:
      case 2:
        return cursor.count(Number.MAX_VALUE);
      case 3:
        return cursor.skip(4);
      case 4:
        return cursor.skip(8);
      case 5:
        return cursor.string();
      default:
        throw cursor.damaged('module opcode');
    }
  }
}

/** Runs a layout once, for records that are small: false when the window ends before. */
export function skipLayout(cursor: Cursor, layout: Layout): boolean {
  once.open(layout);
  return once.run(cursor);
}

const once = new LayoutWalk();

function skipScore(cursor: Cursor): boolean {
  if (!cursor.skip(1)) return false;
  const length = cursor.buffer[cursor.at - 1] as number;
  return length >= 253 || cursor.skip(length);
}

function endOf(steps: readonly Step[], repeat: number): number {
  let depth = 0;
  for (let pc = repeat; pc < steps.length; pc++) {
    if (steps[pc] === 'repeat') depth++;
    if (steps[pc] === 'end' && --depth === 0) return pc;
  }
  throw new FerryError('internal.unexpected', {}, new Error('a layout has a repeat without end'));
}
