import { isBookkeeping } from '../write/bookkeeping.ts';
import type { StageContext } from './build-stages.ts';
import type { SlotGate } from './slot-gate.ts';

type Place = { gate: SlotGate; offset: number; signal: AbortSignal };

/** A flush of one shard of a cluster: removes its keys from the target, and leaves those of the others. */
export async function flushShard({ deps, session, committer }: StageContext, place: Place): Promise<void> {
  const { gate, offset, signal } = place;
  const command = session.profile.redisVersion >= 40_000 ? 'UNLINK' : 'DEL';
  await committer.lane.drain();
  const connection = await deps.openTarget(signal);
  try {
    let cursor = '0';
    do {
      signal.throwIfAborted();
      const [next, keys] = (await connection.call('SCAN', cursor, 'COUNT', 1_000)) as [Buffer, Buffer[]];
      const batch = committer.pool.take();
      batch.reached = offset;
      for (const key of keys) {
        if (isBookkeeping(key, 0, key.length) || !gate.isMine(key)) continue;
        batch.select(0);
        batch.element(-1);
        batch.out.command(command, key);
      }
      if (batch.isEmpty) committer.pool.give(batch);
      else await committer.submit(batch, 'stream');
      cursor = String(next);
    } while (cursor !== '0');
  } finally {
    await connection.close();
  }
}
