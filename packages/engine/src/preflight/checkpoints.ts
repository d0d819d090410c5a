import { checkpointKey } from '../write/bookkeeping.ts';
import type { ServerNode } from './server-node.ts';

const prefix = checkpointKey('');
const maxScans = 2_000;
const known = new WeakMap<ServerNode, Promise<string[]>>();

/** Whether the node holds the checkpoint of that task. */
export async function ownCheckpoint(node: ServerNode, task: string): Promise<boolean> {
  return (await tasksOn(node)).includes(task);
}

/** The same, asked anew: several engines of one task begin at the same time. */
export async function ownCheckpointNow(node: ServerNode, task: string): Promise<boolean> {
  return (await findTasks(node)).includes(task);
}

/** Tasks other than that one whose checkpoints the node holds. */
export async function foreignCheckpoints(node: ServerNode, task: string): Promise<string[]> {
  return (await tasksOn(node)).filter((other) => other !== task && !other.startsWith(`${task}:`));
}

/** Checkpoints lie in database 0; a very big target is looked through in part only. */
function tasksOn(node: ServerNode): Promise<string[]> {
  const tasks = known.get(node) ?? findTasks(node);
  known.set(node, tasks);
  return tasks;
}

async function findTasks(node: ServerNode): Promise<string[]> {
  const tasks = new Set<string>();
  let cursor = '0';
  for (let turn = 0; turn < maxScans; turn++) {
    const reply = await node.ask('SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', 2_000);
    if (!Array.isArray(reply) || !Array.isArray(reply[1])) return [];
    for (const key of reply[1]) tasks.add(taskOf(String(key)));
    cursor = String(reply[0]);
    if (cursor === '0') break;
  }
  return [...tasks].filter((task) => task !== '');
}

/** In a cluster each slot has its own: the slot's tag stands behind the task. */
const taskOf = (key: string): string => key.slice(prefix.length).replace(/:(\d+:)?\{[0-9a-z]+\}$/, '');
