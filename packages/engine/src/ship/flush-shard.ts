import type { StageContext } from './build-stages.ts';
import type { FlushOrder } from './flush-in-scope.ts';
import { removeKeys } from './remove-keys.ts';
import type { SlotGate } from './slot-gate.ts';

/**
 * A flush of one shard of a cluster: removes its keys of a database from the target, as far as they are in scope, and
 * leaves those of the others.
 */
export async function flushShard(
  context: StageContext,
  gate: SlotGate,
  { offset, sourceDb, db: from }: FlushOrder & { db: number },
): Promise<void> {
  const { rules } = context.deps;
  const isInScope = (db: number, key: Buffer) =>
    rules ? rules.dbOrigins(db).includes(from) && rules.keyOrigins(key).length > 0 : db === from;
  await removeKeys(context, { offset, sourceDb, isDue: (db, key) => isInScope(db, key) && gate.isMine(key) });
}
