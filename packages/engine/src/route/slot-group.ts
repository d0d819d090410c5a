/**
 * One command on its way to a slot: its bytes, its place in the source, and the element of the batch that it came from.
 *
 * `isForNew`: it writes a key only where there is none, and answers 0 or null where there is one · `isOnce`: it is never
 * sent again once it was run, so that what it answers is about it.
 */
export type Item = { bytes: Buffer; mark: number; element: number; isForNew?: boolean; isOnce?: boolean };

/**
 * Commands of one slot in their order.
 *
 * Guarded: run in one MULTI together with the slot's checkpoint, so that they are applied exactly once. Else they may be
 * sent again: running them twice, in order, changes nothing.
 */
export type SlotGroup = {
  slot: number;
  isGuarded: boolean;
  items: Item[];
  /** The last place in the stream among the items: what the slot contains once they were run; −1: nothing to be noted. */
  mark: number;
};

/** A group of one command. */
export function groupOf(slot: number, items: Item[], isGuarded: boolean): SlotGroup {
  return { slot, isGuarded, items, mark: Math.max(...items.map(({ mark }) => mark)) };
}
