/** The hash that holds a task's epoch, the state in which it found the target, and a checkpoint per shard. */
export function checkpointKey(task: string): string {
  return `cf:ck:${task}`;
}

/** The field of that hash that holds a shard's checkpoint. */
export function shardField(shard: string): string {
  return `shard:${shard}`;
}

/** Whether a key belongs to a migration's own bookkeeping: such keys are never copied. */
export function isBookkeeping(bytes: Buffer, start: number, end: number): boolean {
  return (
    end - start > 6 &&
    bytes[start] === 0x63 &&
    bytes[start + 1] === 0x66 &&
    bytes[start + 2] === 0x3a &&
    bytes[start + 3] === 0x63 &&
    bytes[start + 4] === 0x6b &&
    bytes[start + 5] === 0x3a
  );
}
