import type { RegexNode } from '@cacheferry/contract';
import { buildMachine, type Machine } from './machine.ts';

/** A set of steps that may be reached at one place, and where each byte leads from it. */
type State = {
  steps: readonly number[];
  /** By byte; `undefined` where it was not asked for yet. */
  next: (State | undefined)[];
  isMatch: boolean;
  /** Whether the text may end here. */
  isMatchAtEnd: boolean;
};

/** More states than that are forgotten and made again, so that memory stays bounded. */
const maxStates = 2_000;

/**
 * Finds a pattern in bytes in one pass, however it is written: the states of the machine are made as they are met.
 *
 * Hot path: a byte that was seen before in a state costs one look into a table.
 */
export class ByteMatcher {
  readonly #machine: Machine;
  readonly #known = new Map<string, State>();
  #first: State;

  constructor(pattern: RegexNode) {
    this.#machine = buildMachine(pattern);
    this.#first = this.#begin();
  }

  /** Whether the pattern is in `bytes[start, end)`. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    let state = this.#first;
    for (let at = start; at < end; at++) {
      if (state.isMatch) return true;
      if (state.steps.length === 0) return false;
      const byte = bytes[at] as number;
      state = state.next[byte] ?? this.#advance(state, byte);
    }
    return state.isMatch || state.isMatchAtEnd;
  }

  #begin(): State {
    const steps: number[] = [];
    this.#reach(this.#machine.first, { isStart: true, isEnd: false }, steps);
    return this.#stateOf(steps, true);
  }

  #advance(state: State, byte: number): State {
    const steps: number[] = [];
    for (const at of state.steps) {
      const step = this.#machine.steps[at];
      if (step?.kind === 'set' && step.set[byte]) this.#reach(step.next, { isStart: false, isEnd: false }, steps);
    }
    // The pattern may begin anywhere.
    this.#reach(this.#machine.first, { isStart: false, isEnd: false }, steps);
    const next = this.#stateOf(steps, false);
    state.next[byte] = next;
    return next;
  }

  /** Adds what can be reached from a step without a byte. */
  #reach(from: number, at: { isStart: boolean; isEnd: boolean }, into: number[]): void {
    const open = [from];
    const seen = new Set(into);
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (seen.has(place)) continue;
      seen.add(place);
      const step = this.#machine.steps[place];
      if (step?.kind === 'fork') open.push(step.other, step.next);
      else if (step?.kind === 'start' && at.isStart) open.push(step.next);
      else if (step?.kind === 'end' && at.isEnd) open.push(step.next);
      else if (step?.kind !== 'start') into.push(place);
    }
  }

  #stateOf(steps: number[], isStart: boolean): State {
    steps.sort((a, b) => a - b);
    const name = `${isStart ? '^' : ''}${steps.join(',')}`;
    const known = this.#known.get(name);
    if (known) return known;
    if (this.#known.size >= maxStates) this.#forget();
    const isMatch = steps.some((at) => this.#machine.steps[at]?.kind === 'match');
    const state = {
      steps,
      next: new Array<State | undefined>(256).fill(undefined),
      isMatch,
      isMatchAtEnd: this.#endsAt(steps, isStart),
    };
    this.#known.set(name, state);
    return state;
  }

  #endsAt(steps: readonly number[], isStart: boolean): boolean {
    const reached: number[] = [];
    for (const at of steps)
      if (this.#machine.steps[at]?.kind === 'end') this.#reach(at, { isStart, isEnd: true }, reached);
    return reached.some((at) => this.#machine.steps[at]?.kind === 'match');
  }

  #forget(): void {
    for (const state of this.#known.values()) state.next.fill(undefined);
    this.#known.clear();
    this.#known.set(`^${this.#first.steps.join(',')}`, this.#first);
  }
}
