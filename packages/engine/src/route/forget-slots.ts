import { ReplyError } from '@cacheferry/resp';
import { slotCount } from '@cacheferry/topology';
import { OutputBuffer } from '../write/output-buffer.ts';
import { bigKey, slotDoubtsKey } from '../write/bookkeeping.ts';
import type { ClusterLink } from './cluster-link.ts';
import { slotCheckpointKey } from './slot-checkpoints.ts';

/** Removes the checkpoints that tasks keep in slots: one command for each slot, because any may have some. */
export async function forgetSlots(link: ClusterLink, tasks: readonly string[]): Promise<void> {
  if (tasks.length === 0) return;
  const { nodes } = link;
  const parts = new Map<string, { out: OutputBuffer; slots: number[] }>();
  for (let slot = 0; slot < slotCount; slot++) {
    const id = nodes.ownerOf(slot);
    const part = parts.get(id) ?? { out: new OutputBuffer(65_536), slots: [] };
    parts.set(id, part);
    part.out.command('DEL', ...keysOf(tasks, slot));
    part.slots.push(slot);
  }
  const moved = await Promise.all(
    [...parts].map(async ([id, { out, slots }]) => {
      const { errors } = await nodes.connectionOf(id).callRaw(out.view(), slots.length);
      return errors.map(({ reply }) => slots[reply] as number);
    }),
  );
  const replies = await link.pipeline(moved.flat().map((slot) => ['DEL', ...keysOf(tasks, slot)]));
  const refused = replies.find((reply) => reply instanceof ReplyError);
  if (refused instanceof ReplyError) throw link.classify(refused, 'DEL');
}

const keysOf = (tasks: readonly string[], slot: number): string[] =>
  tasks.flatMap((task) => [slotCheckpointKey(task, slot), slotDoubtsKey(task, slot), bigKey(task, slot)]);
