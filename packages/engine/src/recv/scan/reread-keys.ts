import type { Clock } from '@cacheferry/kernel';
import { type Command, type Connection, type Reply, ReplyError } from '@cacheferry/resp';

/** What changed keys are now, and those that are on another node of a cluster. */
export type Reread = { commands: Command[]; moved: Buffer[] };

/** The commands that bring changed keys to what they are now. */
export async function rereadKeys(
  connection: Connection,
  { db, keys }: { db: number; keys: readonly Buffer[] },
  { clock, hasExpireTime }: { clock: Clock; hasExpireTime: boolean },
): Promise<Reread> {
  const expiry = hasExpireTime ? 'PEXPIRETIME' : 'PTTL';
  // In one transaction, so that value and expiry are of the same moment.
  const asked: Command[] = keys.flatMap((key) => [['MULTI'], ['DUMP', key], [expiry, key], ['EXEC']]);
  const replies = await connection.pipeline([['SELECT', db], ...asked]);
  const now = hasExpireTime ? 0 : clock.now();
  const commands: Command[] = [];
  const moved: Buffer[] = [];
  for (const [index, key] of keys.entries()) {
    const own = replies.slice(index * 4 + 1, index * 4 + 5);
    const both = own[3];
    const failed = [...own, ...(Array.isArray(both) ? both : [])].find((reply) => reply instanceof ReplyError);
    if (failed instanceof ReplyError) {
      const error = connection.classify(failed, 'DUMP');
      if (error.code !== 'endpoint.redirected') throw error;
      moved.push(key);
      continue;
    }
    const [payload, left] = both as [Reply, number];
    const expireAtMs = Number(left) < 0 ? 0 : now + Number(left);
    const restore: Command = ['RESTORE', key, expireAtMs, payload as Buffer, 'REPLACE', 'ABSTTL'];
    commands.push(payload === null ? ['DEL', key] : restore);
  }
  return { commands, moved };
}
