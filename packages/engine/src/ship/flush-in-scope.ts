import { scanKeys } from '../write/scan-keys.ts';
import type { StageContext } from './build-stages.ts';
import type { MigrationRules } from '../rules/migration-rules.ts';

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

/**
 * Removes the target's keys that are in scope, when everything before the flush is on the target. A crash in between
 * leaves the checkpoint before it, so that it is done again.
 */
export async function flushInScope(context: StageContext, rules: MigrationRules, order: FlushOrder): Promise<void> {
  const { deps, session, committer, signal } = context;
  await committer.lane.drain();
  const command = session.profile.redisVersion >= 40_000 ? 'UNLINK' : 'DEL';
  const isFlushed = databaseTest(rules, order.db);
  const takeBatch = () => {
    const batch = committer.pool.take();
    batch.reached = order.offset;
    batch.sourceDb = order.sourceDb;
    return batch;
  };
  let batch = takeBatch();
  const connection = await deps.openTarget(signal);
  try {
    const take = (db: number, key: Buffer) => {
      if (!isFlushed(db) || rules.keyOrigins(key).length === 0) return;
      batch.select(db);
      batch.element(-1);
      batch.out.command(command, key);
    };
    const submit = async () => {
      if (batch.queued < deps.options.batch) return;
      await committer.submit(batch, 'stream');
      batch = takeBatch();
    };
    await scanKeys(connection, take, signal, submit);
  } finally {
    await connection.close();
  }
  await committer.submit(batch, 'stream');
  deps.log.info('The source was flushed: the keys in scope were removed', order.db === null ? {} : { db: order.db });
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
