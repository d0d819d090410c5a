import { type Reply, ReplyError } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';
import { isBookkeeping } from './bookkeeping.ts';

/**
 * Calls for every key of every database of a target, a page at a time; bookkeeping of migrations is left out. After each
 * page `pageDone` is waited for.
 */
export async function scanKeys(
  connection: TargetLink,
  take: (db: number, key: Buffer) => void,
  signal: AbortSignal,
  pageDone: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const info = String(await connection.call('INFO', 'keyspace'));
  for (const [, db = '0'] of info.matchAll(/^db(\d+):keys=[1-9]/gm)) {
    let cursor = '0';
    do {
      signal.throwIfAborted();
      const replies = await connection.pipeline([
        ['SELECT', db],
        ['SCAN', cursor, 'COUNT', 1_000],
      ]);
      const refused = replies.find((reply) => reply instanceof ReplyError);
      if (refused instanceof ReplyError) throw connection.classify(refused, 'SCAN');
      const [next, keys] = replies[1] as [Buffer, Reply[]];
      for (const key of keys as Buffer[]) if (!isBookkeeping(key, 0, key.length)) take(Number(db), key);
      cursor = String(next);
      await pageDone();
    } while (cursor !== '0');
  }
  await connection.call('SELECT', 0);
}
