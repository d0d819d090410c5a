import type { StageContext } from './build-stages.ts';
import { removeKeys } from './remove-keys.ts';
import type { SlotGate } from './slot-gate.ts';

/** A flush of one shard of a cluster: removes its keys from the target, as far as they are in scope, and leaves those of the others. */
export async function flushShard(context: StageContext, gate: SlotGate, offset: number): Promise<void> {
  const { rules } = context.deps;
  const isInScope = (db: number, key: Buffer) =>
    rules ? rules.dbOrigins(db).includes(0) && rules.keyOrigins(key).length > 0 : db === 0;
  await removeKeys(context, { offset, sourceDb: 0, isDue: (db, key) => isInScope(db, key) && gate.isMine(key) });
}
