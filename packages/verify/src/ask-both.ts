import { ReplyError, type KeyBatch, leafKind, type RawReplies } from '@cacheferry/resp';
import type { Side } from './side.ts';
import type { Slot } from './slot.ts';

/** Sends the same commands for the keys of a slot, as each side calls them, to both and takes their raw answers. */
export async function askBoth(
  sides: { source: Side; target: Side },
  commandsFor: (keys: KeyBatch) => Buffer,
  replies: number,
  slot: Slot,
): Promise<void> {
  const commands = commandsFor(slot.keys);
  const onTarget = slot.targetKeys === slot.keys ? commands : commandsFor(slot.targetKeys);
  await Promise.all([
    sides.source.read.send(commands, slot.source.expect(replies)),
    sides.target.read.send(onTarget, slot.target.expect(replies)),
  ]);
}

/** The error of a leaf, or null. */
export function errorOf(replies: RawReplies, leaf: number): ReplyError | null {
  return replies.kind(leaf) === leafKind.error ? new ReplyError(replies.text(leaf).toString()) : null;
}

/** Whether the text of a leaf is the same on both sides, `cut` bytes at its end left out; false when one was not kept. */
export function isSameText(source: RawReplies, target: RawReplies, leaf: number, cut = 0): boolean {
  const size = source.size(leaf);
  const isWhole = source.kind(leaf) === target.kind(leaf) && source.kind(leaf) !== leafKind.big;
  if (!isWhole || size !== target.size(leaf) || size < cut) return false;
  const left = source.start(leaf);
  const right = target.start(leaf);
  return source.bytes.compare(target.bytes, right, right + size - cut, left, left + size - cut) === 0;
}
