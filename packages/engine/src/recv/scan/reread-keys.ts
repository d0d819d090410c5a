import type { Clock } from '@cacheferry/kernel';
import { type Command, type Connection, type Reply, ReplyError } from '@cacheferry/resp';
import { expiryByTtl, type ExpiryQuestion } from '../../snapshot-keys/expiry-by-ttl.ts';

/** What a server can tell of expiries. `hasTime`: of its clock too. */
export type ExpiryFacts = { hasExpireTime: boolean; hasTime: boolean };

/** What changed keys are now, and those that are on another node of a cluster. */
export type Reread = { commands: Command[]; moved: Buffer[] };

/** The commands that bring changed keys to what they are now. */
export async function rereadKeys(
  connection: Connection,
  { db, keys }: { db: number; keys: readonly Buffer[] },
  facts: ExpiryFacts & { clock: Clock },
): Promise<Reread> {
  const questions = keys.map((key) => askExpiry(key, facts));
  // In one transaction, so that value and expiry are of the same moment.
  const asked = keys.map((key, at): Command[] => [
    ['MULTI'],
    ...(questions[at] as ExpiryQuestion).commands,
    ['DUMP', key],
    ['EXEC'],
  ]);
  const replies = await connection.pipeline([['SELECT', db], ...asked.flat()]);
  const commands: Command[] = [];
  const moved: Buffer[] = [];
  let next = 1;
  for (const [index, key] of keys.entries()) {
    const own = replies.slice(next, (next += (asked[index] as Command[]).length));
    const both = own.at(-1);
    const failed = [...own, ...(Array.isArray(both) ? both : [])].find((reply) => reply instanceof ReplyError);
    if (failed instanceof ReplyError) {
      const error = connection.classify(failed, 'DUMP');
      if (error.code !== 'endpoint.redirected') throw error;
      moved.push(key);
      continue;
    }
    const payload = (both as Reply[]).at(-1) as Reply;
    const [expireAtMs = 0] = (questions[index] as ExpiryQuestion).read(both as Reply[]).expiries;
    const restore: Command = ['RESTORE', key, expireAtMs, payload as Buffer, 'REPLACE', 'ABSTTL'];
    commands.push(payload === null ? ['DEL', key] : restore);
  }
  return { commands, moved };
}

function askExpiry(key: Buffer, { hasExpireTime, hasTime, clock }: ExpiryFacts & { clock: Clock }): ExpiryQuestion {
  if (!hasExpireTime && hasTime) return expiryByTtl([['PTTL', key]]);
  const read = ([reply]: readonly Reply[]) => {
    const time = Number(reply);
    return { isExact: hasExpireTime, expiries: [time < 0 ? 0 : time + (hasExpireTime ? 0 : clock.now())] };
  };
  return { commands: [[hasExpireTime ? 'PEXPIRETIME' : 'PTTL', key]], read };
}
