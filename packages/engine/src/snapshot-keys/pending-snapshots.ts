import type { KeySnapshot, Snapshots } from './fetch-snapshots.ts';

/**
 * Snapshots of keys that wait until the stream is shipped up to the place they were taken at: there, behind all that
 * they contain and before all that they do not, they are written over the keys.
 */
export class PendingSnapshots {
  /** The first place at which some are due; ∞ when there are none: one comparison per command. */
  nextDue = Number.POSITIVE_INFINITY;
  #waiting: Snapshots[] = [];

  /** False when they were taken before `shipped`: what is shipped already may be newer, they must be taken again. */
  offer(taken: Snapshots, shipped: number): boolean {
    if (taken.offset < shipped) return false;
    this.#waiting.push(taken);
    this.nextDue = Math.min(this.nextDue, taken.offset);
    return true;
  }

  /** Those that must be written before the command that ends at `offset`. */
  takeBefore(offset: number): KeySnapshot[] {
    return this.#take((taken) => taken.offset < offset);
  }

  /** Those that are due when everything up to `offset` is shipped. */
  takeUpTo(offset: number): KeySnapshot[] {
    return this.#take((taken) => taken.offset <= offset);
  }

  /** None of them holds any more: databases were swapped or emptied before their place. */
  drop(): void {
    this.#waiting = [];
    this.nextDue = Number.POSITIVE_INFINITY;
  }

  #take(isDue: (taken: Snapshots) => boolean): KeySnapshot[] {
    const due = this.#waiting.filter(isDue).sort((a, b) => a.offset - b.offset);
    this.#waiting = this.#waiting.filter((taken) => !isDue(taken));
    this.nextDue = Math.min(Number.POSITIVE_INFINITY, ...this.#waiting.map(({ offset }) => offset));
    return due.flatMap(({ keys }) => keys);
  }
}
