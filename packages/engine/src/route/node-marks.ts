import { FerryError } from '@cacheferry/kernel';
import { ReplyError } from '@cacheferry/resp';
import type { Checkpoint } from '../write/checkpoint.ts';
import type { ClusterLink } from './cluster-link.ts';
import { nodeMarkField, slotCheckpointKey } from './slot-checkpoints.ts';

/**
 * How far a node is: everything of that full sync before `at`, in the RDB or in the stream behind it. Of the stream it may
 * have more, whose answers nobody has seen, but nothing behind `sentUntil`.
 */
export type NodeMark = { generation: number; phase: 'rdb' | 'stream'; at: number; db: number; sentUntil: number };

/** The text of a mark: `generation:phase:at:db:sentUntil`. */
export function formatNodeMark({ generation, phase, at, db, sentUntil }: NodeMark): string {
  return `${generation}:${phase}:${at}:${db}:${sentUntil}`;
}

function parseNodeMark(text: string): NodeMark | null {
  // Marks of the first version do not tell what may have been sent.
  const found = /^(\d+):(rdb|stream):(\d+):(\d+)(?::(\d+))?$/.exec(text);
  if (!found) return null;
  const [generation = 0, , at = 0, db = 0, sentUntil] = found.slice(1).map(Number);
  return { generation, phase: found[2] as NodeMark['phase'], at, db, sentUntil: sentUntil || at };
}

/** The mark that goes with a checkpoint. */
export function markOf(checkpoint: Checkpoint, generation: number, sentUntil = 0): NodeMark {
  return checkpoint.phase === 'stream'
    ? { generation, phase: 'stream', at: checkpoint.at, db: checkpoint.db, sentUntil }
    : { generation, phase: 'rdb', at: checkpoint.seenAt, db: 0, sentUntil };
}

/** Whether one place comes before another in what the source sent. */
export function isBefore(a: NodeMark, b: NodeMark): boolean {
  if (a.generation !== b.generation) return a.generation < b.generation;
  return a.phase === b.phase ? a.at < b.at : a.phase === 'rdb';
}

/**
 * A slot of each primary, to keep its mark in: that of the record where the primary has it, so that both can be written in
 * one transaction; else the one that it has been in, as long as the primary has that.
 */
export function chooseMarkSlots(link: ClusterLink, before: readonly number[], recordSlot: number): number[] {
  const { view } = link.nodes;
  return view.primaries.map((member) => {
    const kept = [recordSlot, ...before].find((slot) => view.ownerOf(slot)?.id === member.id);
    return kept ?? (member.ranges[0]?.[0] as number);
  });
}

/**
 * Reads the marks of all nodes, from the slots that the last checkpoint names.
 *
 * A mark that is gone was lost with everything before it. Throws `target.lost_history`.
 */
export async function readNodeMarks(
  link: ClusterLink,
  slots: readonly number[],
  { task, shard }: { task: string; shard: string },
): Promise<NodeMark[]> {
  const field = nodeMarkField(shard);
  const replies = await link.pipeline(slots.map((slot) => ['HGET', slotCheckpointKey(task, slot), field]));
  return replies.map((reply) => {
    if (reply instanceof ReplyError) throw link.classify(reply, 'HGET');
    const mark = reply === null ? null : parseNodeMark(String(reply));
    if (mark === null) throw new FerryError('target.lost_history', { endpoint: link.endpoint });
    return mark;
  });
}
