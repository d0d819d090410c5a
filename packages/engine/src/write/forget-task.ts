import { ReplyError } from '@cacheferry/resp';
import { slotCount } from '@cacheferry/topology';
import { ClusterLink } from '../route/cluster-link.ts';
import { slotCheckpointKey } from '../route/slot-checkpoints.ts';
import type { TargetLink } from '../route/target-link.ts';
import { checkpointKey, doubtsKey } from './bookkeeping.ts';

/** Removes all that a task has written for itself on a target; what says that it ran goes last. */
export async function forgetTask(connection: TargetLink, task: string, shards: readonly string[]): Promise<void> {
  const tasks = [...shards.map((shard) => shardTask(task, shard)), task];
  await remove(
    connection,
    shards.map((shard) => doubtsKey(task, shard)),
  );
  if (connection instanceof ClusterLink)
    for (const one of tasks)
      await remove(
        connection,
        Array.from({ length: slotCount }, (_, slot) => slotCheckpointKey(one, slot)),
      );
  await remove(connection, tasks.map(checkpointKey));
}

async function remove(connection: TargetLink, keys: readonly string[]): Promise<void> {
  const replies = await connection.pipeline(keys.map((key) => ['DEL', key]));
  const refused = replies.find((reply) => reply instanceof ReplyError);
  if (refused instanceof ReplyError) throw connection.classify(refused, 'DEL');
}

/** The name under which one of several shards keeps its checkpoint: apart from the others, so that none waits for them. */
export const shardTask = (task: string, shard: string): string => `${task}:${shard}`;
