import type { Connection } from '@cacheferry/resp';
import { keySlot, ownSlots } from '@cacheferry/topology';
import { ClusterLink } from '../route/cluster-link.ts';
import { fetchSlotKeys } from '../snapshot-keys/fetch-slot-keys.ts';
import { type KeyId, keyId } from '../snapshot-keys/key-id.ts';
import { isBookkeeping } from '../write/bookkeeping.ts';
import { scanKeys } from '../write/scan-keys.ts';

/** What a target has of slots: all of their keys; `slots`: those of which it could be told. */
export type SlotContents = { slots: ReadonlySet<number>; keys: KeyId[] };

/** Looks through a target for the keys of slots of the source, about which nothing may be under way. */
export async function findSlotKeys(
  target: Connection | ClusterLink,
  slots: readonly number[],
  { db, signal }: { db: number; signal: AbortSignal },
): Promise<SlotContents> {
  if (target instanceof ClusterLink) return inCluster(target, slots, db);
  const wanted = new Set(slots);
  const keys = new Set<KeyId>();
  const take = (at: number, key: Buffer) => {
    if (at === db && wanted.has(keySlot(key))) keys.add(keyId(at, key));
  };
  await scanKeys(target, take, signal);
  return { slots: wanted, keys: [...keys] };
}

/** Keys keep their slots in a cluster. Of a slot that is on its way on the target no node has them all. */
async function inCluster({ nodes }: ClusterLink, slots: readonly number[], db: number): Promise<SlotContents> {
  await nodes.refresh();
  const byNode = new Map<string, number[]>();
  for (const slot of slots) {
    const id = nodes.ownerOf(slot);
    byNode.set(id, [...(byNode.get(id) ?? []), slot]);
  }
  const parts = await Promise.all(
    [...byNode].map(async ([id, own]) => {
      const found = await fetchSlotKeys(nodes.connectionOf(id), own);
      const { owns, moves } = ownSlots(found.nodes);
      return { slots: own.filter((slot) => owns(slot) && !moves(slot)), keys: found.keys };
    }),
  );
  const resting = new Set(parts.flatMap((part) => part.slots));
  const isTheirs = (key: Buffer) => resting.has(keySlot(key)) && !isBookkeeping(key, 0, key.length);
  return { slots: resting, keys: parts.flatMap(({ keys }) => keys.filter(isTheirs).map((key) => keyId(db, key))) };
}
