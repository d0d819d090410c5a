import { type Connection, ReplyError } from '@cacheferry/resp';
import { checkpointKey, doubtsKey } from './bookkeeping.ts';

/** Removes all that a task has written for itself on a target. */
export async function forgetTask(connection: Connection, task: string, shards: readonly string[]): Promise<void> {
  const checkpoints = [task, ...shards.map((shard) => shardTask(task, shard))].map(checkpointKey);
  const keys = [...checkpoints, ...shards.map((shard) => doubtsKey(task, shard))];
  const [reply] = await connection.pipeline([['DEL', ...keys]]);
  if (reply instanceof ReplyError) throw connection.classify(reply, 'DEL');
}

/** The name under which one of several shards keeps its checkpoint: apart from the others, so that none waits for them. */
export const shardTask = (task: string, shard: string): string => `${task}:${shard}`;
