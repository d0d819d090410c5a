import { FerryError } from '@cacheferry/kernel';
import type { TargetLink } from '../route/target-link.ts';
import { checkpointKey } from './bookkeeping.ts';

const field = 'shares';
const doneField = (number: number): string => `done:${number}`;

/** Which share each shard of the source belongs to, and how many slots behind each other each shard has of a cluster. */
export type Shares = { of: number; shares: ReadonlyMap<string, number>; slots: readonly SlotRun[] };
export type SlotRun = readonly [shard: string, count: number];

/**
 * The shares of a task as its target has them. The first engine that comes writes down what it proposes, so that all of
 * them mean the same shards, however the source looks to each.
 *
 * `hasWritten`: they must be there already. Throws `migration.share_mismatch`, `target.lost_history`.
 */
export async function agreeOnShares(
  connection: TargetLink,
  { task, proposed, hasWritten }: { task: string; proposed: Shares; hasWritten: boolean },
): Promise<Shares> {
  const key = checkpointKey(task);
  const text = JSON.stringify({ ...proposed, shares: Object.fromEntries(proposed.shares) });
  if (!hasWritten) await connection.call('HSETNX', key, field, text);
  const reply = await connection.call('HGET', key, field);
  if (reply === null) throw new FerryError('target.lost_history', { endpoint: connection.endpoint });
  const agreed = JSON.parse(String(reply)) as { of: number; shares: Record<string, number>; slots: SlotRun[] };
  if (agreed.of !== proposed.of)
    throw new FerryError('migration.share_mismatch', { of: proposed.of, agreed: agreed.of });
  return { ...agreed, shares: new Map(Object.entries(agreed.shares)) };
}

/** Whether a target has the shares of a task. */
export async function areSharesKnown(connection: TargetLink, task: string): Promise<boolean> {
  return (await connection.call('HEXISTS', checkpointKey(task), field)) === 1;
}

/**
 * Takes back what an engine wrote down that has nothing to do, and that found nothing written: after the others have ended
 * nobody would remove it. Whoever else has come meanwhile keeps it.
 */
export async function withdrawShares(connection: TargetLink, task: string, epoch: number): Promise<void> {
  const key = checkpointKey(task);
  // What was watched before has been changed by this engine itself.
  await connection.call('UNWATCH');
  const [, known] = await connection.pipeline([
    ['WATCH', key],
    ['HGET', key, 'epoch'],
  ]);
  if (String(known) === String(epoch)) await connection.pipeline([['MULTI'], ['DEL', key], ['EXEC']]);
  else await connection.call('UNWATCH');
}

/** A share begins, maybe again: it is not done. */
export async function reopenShare(connection: TargetLink, task: string, number: number): Promise<void> {
  await connection.call('HDEL', checkpointKey(task), doneField(number));
}

/** Notes that a share is done. True where all of them are that have a shard. */
export async function closeShare(connection: TargetLink, task: string, number: number): Promise<boolean> {
  const key = checkpointKey(task);
  await connection.call('HSET', key, doneField(number), '1');
  const reply = await connection.call('HGET', key, field);
  const shares = reply === null ? {} : (JSON.parse(String(reply)) as { shares: Record<string, number> }).shares;
  const all = [...new Set([number, ...Object.values(shares)])].map(doneField);
  const found = await connection.call('HMGET', key, ...all);
  return Array.isArray(found) && found.every((one) => one !== null);
}
