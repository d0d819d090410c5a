import type { Command, Connection } from '@cacheferry/resp';
import { keySlot, slotCount } from '@cacheferry/topology';
import type { KeyMatch } from '../../rules/key-matcher.ts';

/** Slots of a cluster that lie side by side, both ends among them. */
export type SlotRange = readonly [first: number, last: number];

/** All slots, divided evenly. */
export function divideSlots(parts: number): SlotRange[] {
  const start = (part: number): number => Math.floor((slotCount * part) / parts);
  return Array.from({ length: parts }, (_, part) => [start(part), start(part + 1) - 1]);
}

export const inSlots =
  ([first, last]: SlotRange): KeyMatch =>
  (bytes, start, end) => {
    const slot = keySlot(bytes, start, end);
    return slot >= first && slot <= last;
  };

/** How many keys of these slots a node has; a slot that it does not serve has none, and one that it refuses to count counts as such. */
export async function countKeys(connection: Connection, [first, last]: SlotRange): Promise<number> {
  const asked = Array.from(
    { length: last - first + 1 },
    (_, at): Command => ['CLUSTER', 'COUNTKEYSINSLOT', first + at],
  );
  const counts = await connection.pipeline(asked);
  return counts.reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0);
}
