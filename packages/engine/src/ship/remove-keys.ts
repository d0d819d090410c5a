import { scanKeys } from '../write/scan-keys.ts';
import type { StageContext } from './build-stages.ts';

export type Removal = {
  /** Where everything before the flush ends, and in which database of the source. */
  offset: number;
  sourceDb: number;
  /** Whether a key of the target is to go. */
  isDue: (db: number, key: Buffer) => boolean;
};

/**
 * Removes keys from the target when everything before a flush of the source is on it. A crash in between leaves the
 * checkpoint before the flush, so that it is done again.
 */
export async function removeKeys(context: StageContext, { offset, sourceDb, isDue }: Removal): Promise<void> {
  const { deps, session, committer, signal } = context;
  const command = session.profile.redisVersion >= 40_000 ? 'UNLINK' : 'DEL';
  // Slots of a cluster tell apart from each other whether they contain the flush. It is the next command behind `offset`.
  const mark = session.state ? offset + 1 : -1;
  const takeBatch = () => {
    const batch = committer.pool.take();
    batch.reached = offset;
    batch.sourceDb = sourceDb;
    return batch;
  };
  let batch = takeBatch();
  const submit = async () => {
    const full = batch;
    batch = takeBatch();
    await committer.submit(full, 'stream');
  };
  const connection = await deps.openTarget(signal);
  try {
    const take = (db: number, key: Buffer) => {
      if (!isDue(db, key)) return;
      batch.select(db);
      batch.element(mark);
      batch.out.command(command, key);
    };
    const pageDone = async () => {
      if (batch.queued >= deps.options.batch) await submit();
    };
    // A key that moves to a node of the target that was looked at before is found the second time.
    for (let passes = session.state ? 2 : 1; passes > 0; passes--) {
      await committer.lane.drain();
      await scanKeys(connection, take, signal, pageDone);
      await submit();
    }
  } finally {
    committer.pool.give(batch);
    await connection.close();
  }
}
