import type { Clock } from '@cacheferry/kernel';
import { type Command, type Connection, encodeCommands, type Reply, ReplyError } from '@cacheferry/resp';
import type { DirtyKeys } from './dirty-keys.ts';

const mostAtOnce = 256;

/** The commands that bring some changed keys to what they are now; null when none has changed. */
export async function rereadKeys(
  connection: Connection,
  dirty: DirtyKeys,
  { clock, hasExpireTime }: { clock: Clock; hasExpireTime: boolean },
): Promise<Buffer | null> {
  const taken = dirty.take(mostAtOnce);
  if (!taken) return null;
  const { db, keys } = taken;
  const expiry = hasExpireTime ? 'PEXPIRETIME' : 'PTTL';
  // In one transaction, so that value and expiry are of the same moment.
  const asked: Command[] = keys.flatMap((key) => [['MULTI'], ['DUMP', key], [expiry, key], ['EXEC']]);
  const replies = await connection.pipeline([['SELECT', db], ...asked]);
  const now = hasExpireTime ? 0 : clock.now();
  const commands = keys.map((key, index): Command => {
    const both = replies[index * 4 + 4];
    const failed = both instanceof ReplyError ? both : (both as Reply[]).find((reply) => reply instanceof ReplyError);
    if (failed instanceof ReplyError) throw connection.classify(failed, 'DUMP');
    const [payload, left] = both as [Buffer | null, number];
    if (payload === null) return ['DEL', key];
    const expireAtMs = Number(left) < 0 ? 0 : now + Number(left);
    return ['RESTORE', key, expireAtMs, payload, 'REPLACE', 'ABSTTL'];
  });
  return encodeCommands([['SELECT', db], ...commands]);
}
