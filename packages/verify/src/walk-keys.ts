import type { RawReplies } from '@cacheferry/resp';
import { isBookkeeping, type TableSize } from '@cacheferry/engine';
import type { BatchComparer } from './compare-batch.ts';
import type { Pace } from './pace.ts';
import { scanKeys } from './scan-keys.ts';
import type { Side } from './side.ts';
import { type Slot, SlotPool } from './slot.ts';

/** Whether the key that lies at `[start, end)` is in scope. */
export type KeyTest = (bytes: Buffer, start: number, end: number) => boolean;

export type Walk = {
  /** Whose keys; its database is selected. */
  side: Side;
  size: TableSize;
  comparer: BatchComparer;
  isWanted: KeyTest;
  /** What is still to be done with the keys of a slot before they are compared. */
  prepare: ((slot: Slot) => Promise<void>) | null;
  pace: Pace;
  signal: AbortSignal;
  /** Told of each batch when it is compared. */
  onCompared: (keys: number) => void;
};

/** How many keys SCAN gave, and how many of them are bookkeeping of migrations. */
export type Scanned = { keys: number; bookkeeping: number };

const batchesInFlight = 3;

/** Has all keys of one side compared, some batches at a time. */
export async function walkKeys(walk: Walk): Promise<Scanned> {
  const slots = new SlotPool(batchesInFlight);
  const scanned = { keys: 0, bookkeeping: 0 };
  try {
    for await (const page of scanKeys(walk.side.scan, walk.size)) {
      scanned.keys += page.count - 1;
      for (let leaf = 1; leaf < page.count; ) {
        const slot = await slots.take();
        leaf = fill({ slot, scanned }, page, leaf, walk);
        await walk.pace.take(slot.keys.count, walk.signal);
        slots.run(slot, compare(slot, walk));
      }
    }
  } finally {
    await slots.drain();
  }
  return scanned;
}

/** Puts keys from `leaf` on into a slot; returns the leaf after them. */
function fill(
  { slot, scanned }: { slot: Slot; scanned: Scanned },
  page: RawReplies,
  from: number,
  { comparer, isWanted }: Walk,
): number {
  const most = comparer.batchKeys;
  let leaf = from;
  for (; leaf < page.count && slot.keys.count < most; leaf++) {
    const start = page.start(leaf);
    const end = start + page.size(leaf);
    if (isBookkeeping(page.bytes, start, end)) scanned.bookkeeping++;
    else if (isWanted(page.bytes, start, end)) slot.keys.add(page, leaf);
  }
  return leaf;
}

async function compare(slot: Slot, { comparer, prepare, onCompared }: Walk): Promise<void> {
  if (slot.keys.count > 0 && prepare) await prepare(slot);
  if (slot.keys.count === 0) return;
  await comparer.compare(slot);
  onCompared(slot.keys.count);
}
