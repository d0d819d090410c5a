import { ReplyError } from '@cacheferry/resp';
import { ClusterLink } from '../route/cluster-link.ts';
import { forgetSlots } from '../route/forget-slots.ts';
import type { TargetLink } from '../route/target-link.ts';
import { bigKey, checkpointKey, doubtsKey } from './bookkeeping.ts';

/** Removes what a task has written on a target about shards of its source. */
export async function forgetShards(connection: TargetLink, task: string, shards: readonly string[]): Promise<void> {
  await remove(
    connection,
    shards.map((shard) => doubtsKey(task, shard)),
  );
  await forgetCheckpoints(
    connection,
    shards.map((shard) => shardTask(task, shard)),
  );
}

/** Removes what says that a task ran: goes last. */
export const forgetTask = (connection: TargetLink, task: string): Promise<void> =>
  forgetCheckpoints(connection, [task]);

async function forgetCheckpoints(connection: TargetLink, tasks: readonly string[]): Promise<void> {
  if (connection instanceof ClusterLink) await forgetSlots(connection, tasks);
  await remove(
    connection,
    tasks.flatMap((task) => [bigKey(task), checkpointKey(task)]),
  );
}

async function remove(connection: TargetLink, keys: readonly string[]): Promise<void> {
  const replies = await connection.pipeline(keys.map((key) => ['DEL', key]));
  const refused = replies.find((reply) => reply instanceof ReplyError);
  if (refused instanceof ReplyError) throw connection.classify(refused, 'DEL');
}

/** The name under which one of several shards keeps its checkpoint: apart from the others, so that none waits for them. */
export const shardTask = (task: string, shard: string): string => `${task}:${shard}`;
