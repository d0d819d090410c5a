import type { Suspect } from './check-types.ts';
import type { Slot } from './slot.ts';

/** Compares the keys of a slot on both sides, with as little work as the mode allows. */
export interface BatchComparer {
  /** How many keys the next batch should have. */
  readonly batchKeys: number;
  compare(slot: Slot): Promise<void>;
}

export type NoteSuspect = (suspect: Suspect) => void;
