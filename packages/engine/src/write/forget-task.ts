import { type Connection, ReplyError } from '@cacheferry/resp';
import { checkpointKey } from './bookkeeping.ts';

/** Removes all that a task has written for itself on a target. */
export async function forgetTask(connection: Connection, task: string): Promise<void> {
  const [reply] = await connection.pipeline([['DEL', checkpointKey(task)]]);
  if (reply instanceof ReplyError) throw connection.classify(reply, 'DEL');
}
