import type { StageContext } from './build-stages.ts';
import type { MigrationRules } from '../rules/migration-rules.ts';
import { removeKeys } from './remove-keys.ts';

/** A FLUSHDB or FLUSHALL of the source that is to remove from the target only what is in scope. */
export class FlushOrder {
  /** Everything before it ends at this offset, in this database of the source. */
  readonly offset: number;
  readonly sourceDb: number;
  /** The database of the source that is flushed; null: all. */
  readonly db: number | null;

  constructor(at: { offset: number; sourceDb: number }, db: number | null) {
    this.offset = at.offset;
    this.sourceDb = at.sourceDb;
    this.db = db;
  }
}

/** Removes the target's keys that are in scope, when everything before the flush is on the target. */
export async function flushInScope(context: StageContext, rules: MigrationRules, order: FlushOrder): Promise<void> {
  const { offset, sourceDb, db } = order;
  const isFlushed = databaseTest(rules, db);
  const isDue = (target: number, key: Buffer) => isFlushed(target) && rules.keyOrigins(key).length > 0;
  await removeKeys(context, { offset, sourceDb, isDue });
  context.deps.log.info('The source was flushed: the keys in scope were removed', db === null ? {} : { db });
}

/** Which databases of the target are flushed; asked many times with the same ones. */
function databaseTest(rules: MigrationRules, db: number | null): (db: number) => boolean {
  const known = new Map<number, boolean>();
  return (target) => {
    const found = known.get(target) ?? rules.dbOrigins(target).some((from) => db === null || from === db);
    known.set(target, found);
    return found;
  };
}
