import { bothServers, type Check, type CheckContext, type Finding } from '../check.ts';
import { taskOf } from '../../plan/task-of.ts';
import { checkpointKey } from '../../write/bookkeeping.ts';
import { shardTask } from '../../write/forget-task.ts';
import { writersIn } from '../../write/writers-in.ts';
import type { End } from '../end.ts';

/** Whether another migration writes into the source; from this target, it would carry every write round and round. */
export const pairLoop: Check = {
  id: 'pair.loop',
  scope: 'pair',
  outcomes: {
    none: { status: 'pass', message: 'No migration writes into the source' },
    fed: {
      status: 'warn',
      message: 'Another migration writes into the source ({tasks}): what it brings is carried on',
      fix: 'Make sure that it does not read from this target.',
    },
    loop: {
      status: 'fail',
      message: 'A migration from this target into the source exists ({tasks}): every write would go round and round',
      fix: 'Stop that migration first, and remove its checkpoint from the source if it is not to go on.',
    },
  },
  applies: bothServers,
  run: async (context) => {
    const { source, target, job } = context;
    const backwards = taskOf({}, target.url, source.url);
    const writing = (await writersInto(source)).filter((task) => task !== context.task);
    const streams = await streamsOf(target);
    const known = [...new Set([...writing, ...(job.task === undefined ? [backwards] : [])])];
    const fromTarget: string[] = [];
    const shards = await shardsBackwards(context);
    for (const task of known)
      if (
        (await streamsIn(source, [task, ...shards.map((shard) => shardTask(task, shard))])).some((id) =>
          streams.has(id),
        )
      )
        fromTarget.push(task);
    return judgeLoop(fromTarget, writing);
  },
};

/** A checkpoint tells whose stream it follows. */
export function judgeLoop(fromTarget: readonly string[], writing: readonly string[]): Finding {
  const expected = 'none';
  const tasks = fromTarget.length > 0 ? fromTarget : writing;
  const found = { observed: tasks.join(', ') || 'none', expected, facts: { tasks: tasks.join(', ') } };
  return { outcome: fromTarget.length > 0 ? 'loop' : writing.length > 0 ? 'fed' : 'none', ...found };
}

/** Migrations that are connected to write; they say their name. */
async function writersInto(end: End): Promise<string[]> {
  const lists = await Promise.all((await end.nodes()).map((node) => node.ask('CLIENT', 'LIST')));
  return [...new Set(lists.flatMap(writersIn))];
}

/** Replication ids under which the servers of an end hand out their streams, now and before a failover. */
async function streamsOf(end: CheckContext['target']): Promise<Set<string>> {
  const infos = await Promise.all((await end.nodes()).map((node) => node.info()));
  const ids = infos.flatMap((info) => [info.text('master_replid'), info.text('master_replid2')]);
  return new Set(ids.filter((id) => id !== null && !/^0*$/.test(id)) as string[]);
}

/** What the shards of a migration from the target to the source are called, one for each server that is written, too. */
async function shardsBackwards({ source, target }: CheckContext): Promise<string[]> {
  const [from, to] = [await target.shardIds(), await source.shardIds()];
  return [...from, ...from.flatMap((one) => to.map((other) => `${one}>${other}`))];
}

/** Replication ids that the checkpoints of tasks name. */
async function streamsIn(end: End, tasks: readonly string[]): Promise<string[]> {
  const nodes = await end.nodes();
  const asked = tasks.map((task) => ['HGETALL', checkpointKey(task)]);
  const replies = (await Promise.all(nodes.map((node) => node.askAll(asked)))).flat();
  const texts = replies.flatMap((reply) => (Array.isArray(reply) ? reply.map(String) : []));
  return texts.flatMap((text) => /^([0-9a-f]{40}):\d/.exec(text)?.[1] ?? []);
}
