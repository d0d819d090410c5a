import type { Migration, ShardProgress } from '@cacheferry/contract';

type Counted = Pick<ShardProgress, 'bytesTotal' | 'bytesDone' | 'keysTotal' | 'keysDone'>;

/** The share of a shard's full sync that the target holds; `null` where the whole is not known. */
export function shardShare(shard: Counted): number | null {
  if (shard.keysTotal !== null && shard.keysTotal > 0) return Math.min(1, shard.keysDone / shard.keysTotal);
  if (shard.bytesTotal !== null && shard.bytesTotal > 0) return Math.min(1, shard.bytesDone / shard.bytesTotal);
  return null;
}

const hasArrived = ({ keysTotal, keysDone, bytesTotal, bytesDone }: Counted): boolean =>
  keysTotal !== null && bytesTotal !== null && keysDone >= keysTotal && bytesDone >= bytesTotal;

const afterFullSync = new Set<string>(['incremental_sync', 'cutting_over', 'completed']);
const fullSyncIsOver = new Set<string>(['catching_up', 'incremental_sync', 'done']);

/** The share of the full sync that the target holds. 1 only when the engine said that it is over, never by rounding. */
export function fullSyncShare({ state, snapshot }: Pick<Migration, 'state' | 'snapshot'>): number | null {
  if (afterFullSync.has(state)) return 1;
  if (!snapshot) return state === 'draft' || state === 'queued' || state === 'starting' ? 0 : null;
  const { shards, keysDone, keysTotal } = snapshot;
  if (shards.length > 0 && shards.every((shard) => fullSyncIsOver.has(shard.phase))) return 1;
  // A pause hides how far a shard was: its counts tell.
  if (state === 'paused' && shards.length > 0 && shards.every(hasArrived)) return 1;
  if (keysTotal !== null && keysTotal > 0) return Math.min(0.999, keysDone / keysTotal);
  const shares = shards.map(shardShare);
  if (shares.length === 0 || shares.includes(null)) return null;
  return Math.min(0.999, shares.reduce<number>((sum, share) => sum + (share ?? 0), 0) / shares.length);
}

/** Whether numbers of this migration can be older than the moment, because nobody reaches its engine. */
export function isStale(migration: Pick<Migration, 'state' | 'snapshotAt'>): boolean {
  return migration.state === 'lost' && migration.snapshotAt !== null;
}
