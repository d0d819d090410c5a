import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '../state/atomic-file.ts';
import type { FullSyncReason } from './receiver.ts';

/** What a spool folder says about its segments, in `spool.json`. */
export type SpoolMeta = {
  version: 1;
  /** Rises with each full sync: names the segment files. */
  generation: number;
  fullSyncOffset: number;
  reason: FullSyncReason;
  /** Names of the history, each from an offset on; the last one counts now. */
  ids: { at: number; replicationId: string }[];
  /** Size of the RDB once all of it was received; null before. */
  rdbBytes: number | null;
  /** False where a run goes on in the stream without the RDB before it. */
  hasRdb: boolean;
  /** The RDB before it was of the same place in the history: a checkpoint does not tell which of them it is of. */
  isRepeated?: boolean;
};

const reasons: readonly string[] = [
  'first',
  'rdb_incomplete',
  'backlog_overrun',
  'source_changed',
  'spool_damaged',
] satisfies FullSyncReason[];

/** Reads `spool.json`; null when it is not there or damaged, so that nothing beside it can be used. */
export function readSpoolMeta(path: string): SpoolMeta | null {
  try {
    const meta = JSON.parse(readFileSync(path, 'utf8')) as Partial<SpoolMeta>;
    return isMeta(meta) ? meta : null;
  } catch {
    // Whatever is wrong with it, the answer is the same: take a new full sync.
    return null;
  }
}

/** Replaces `spool.json`. */
export function writeSpoolMeta(path: string, meta: SpoolMeta): void {
  writeFileAtomic(path, JSON.stringify(meta));
}

function isMeta(meta: Partial<SpoolMeta>): meta is SpoolMeta {
  const { version, generation, fullSyncOffset, reason, ids, rdbBytes, hasRdb } = meta;
  if (version !== 1 || !isCount(generation) || !isCount(fullSyncOffset) || typeof hasRdb !== 'boolean') return false;
  if (rdbBytes !== null && !isCount(rdbBytes)) return false;
  if (typeof reason !== 'string' || !reasons.includes(reason) || !Array.isArray(ids) || ids.length === 0) return false;
  return ids.every((id) => isCount(id?.at) && typeof id.replicationId === 'string');
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
