import { slotTag } from '@cacheferry/topology';

/** The hash that holds a task's epoch, the state in which it found the target, and a checkpoint per shard. */
export function checkpointKey(task: string): string {
  return `cf:ck:${task}`;
}

/** The key under which a task puts large values together; in a cluster one in the slot of the value's own key. */
export function bigKey(task: string, slot?: number): string {
  return `${checkpointKey(task)}:big${slot === undefined ? '' : `:{${slotTag(slot)}}`}`;
}

/** The key that says which engine of a task takes its full syncs from a host. */
export function turnKey(task: string, host: string): string {
  return `${checkpointKey(task)}:turn:${host}`;
}

const checkpointKind = 0x636b;
const doubtsKind = 0x667a;

/** The field of that hash that holds a shard's checkpoint. */
export function shardField(shard: string): string {
  return `shard:${shard}`;
}

/** The set of a shard's keys on the target that are still to be mended from the source. */
export function doubtsKey(task: string, shard: string): string {
  return `cf:fz:${task}:${shard}`;
}

/** The same in a cluster: a set in each slot that has some. */
export function slotDoubtsKey(task: string, slot: number): string {
  return `cf:fz:${task}:{${slotTag(slot)}}`;
}

/** The sets of keys that are still to be mended, of all shards that the checkpoint under this key has fields for. */
export function doubtsOf(checkpoint: string, fields: readonly string[]): string[] {
  const task = checkpoint.slice(checkpointKey('').length);
  return fields
    .filter((field) => field.startsWith(shardField('')))
    .map((field) => doubtsKey(task, field.slice(shardField('').length)));
}

/** Whether a key belongs to a migration's own bookkeeping: such keys are never copied. */
export function isBookkeeping(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= 6 || bytes[start] !== 0x63 || bytes[start + 1] !== 0x66 || bytes[start + 2] !== 0x3a) return false;
  const kind = ((bytes[start + 3] as number) << 8) | (bytes[start + 4] as number);
  return bytes[start + 5] === 0x3a && (kind === checkpointKind || kind === doubtsKind);
}
