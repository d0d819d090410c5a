import { FerryError } from '@cacheferry/kernel';

/** `sourceShard`: of a clustered source, which shard of it; else null. */
export type DatabaseLimits = { databases: number; endpoint: string; sourceShard: string | null };

/**
 * Throws where a database cannot be copied: the target has none of that number, or it is another than 0 of a clustered
 * source (Valkey ≥ 9), whose flushes and moved slots are told of database 0 only. `to` is −1 where nothing of it is copied.
 */
export function checkDatabase(
  { from, to }: { from: number; to: number },
  { databases, endpoint, sourceShard }: DatabaseLimits,
): void {
  if (to < 0) return;
  if (sourceShard !== null && from > 0)
    throw new FerryError('source.cluster_database', { shard: sourceShard, db: from });
  if (to >= databases) throw new FerryError('endpoint.no_such_database', { endpoint, db: to });
}
