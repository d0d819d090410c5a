import { type Command, encodeCommand, type Reply, ReplyError } from '@cacheferry/resp';
import { keySlot, slotCount } from '@cacheferry/topology';
import type { DoubtfulKeys } from '../snapshot-keys/doubtful-keys.ts';
import { type KeyId, keyOf } from '../snapshot-keys/key-id.ts';
import { slotDoubtsKey } from '../write/bookkeeping.ts';
import type { TargetLink } from './target-link.ts';
import { groupOf, type SlotGroup } from './slot-group.ts';

const perCommand = 1_000;
const bytesPerCommand = 262_144;

/**
 * The lasting record of doubtful keys in a cluster: a set in each slot that has some, which moves with the slot. What is
 * found is added before a checkpoint is moved over it; until then the stream is looked at again from before it. What is
 * mended is taken out behind the value that was written, among the commands of the slot.
 */
export class SlotDoubts {
  readonly #task: string;
  readonly #doubts: DoubtfulKeys;

  constructor(task: string, doubts: DoubtfulKeys) {
    this.#task = task;
    this.#doubts = doubts;
  }

  /** Reads the records that an earlier engine left. */
  async recall(link: TargetLink): Promise<void> {
    const all = Array.from({ length: slotCount }, (_, slot) => slotDoubtsKey(this.#task, slot));
    let due = all.map((key) => ({ key, cursor: '0' }));
    while (due.length > 0) {
      const asked = due.map(({ key, cursor }): Command => ['SSCAN', key, cursor, 'COUNT', perCommand]);
      const replies = await link.pipeline(asked);
      due = due.flatMap(({ key }, at) => {
        const cursor = this.#take(link, replies[at] as Reply);
        return cursor === '0' ? [] : { key, cursor };
      });
    }
  }

  #take(link: TargetLink, reply: Reply): string {
    if (reply instanceof ReplyError) throw link.classify(reply, 'SSCAN');
    const [cursor, ids] = reply as [Buffer, Reply[]];
    this.#doubts.recall(ids.map((id) => (id as Buffer).toString('latin1')));
    return String(cursor);
  }

  /** What adds keys to the records of their slots. */
  additions(ids: Iterable<KeyId>): SlotGroup[] {
    const parts = new Map<number, { members: Buffer[]; bytes: number }>();
    const groups = new Map<number, SlotGroup>();
    for (const id of ids) {
      const slot = keySlot(keyOf(id).key);
      const part = parts.get(slot) ?? { members: [], bytes: 0 };
      parts.set(slot, part);
      part.members.push(Buffer.from(id, 'latin1'));
      part.bytes += id.length;
      if (part.members.length < perCommand && part.bytes < bytesPerCommand) continue;
      this.#add(groups, slot, part.members);
      parts.delete(slot);
    }
    for (const [slot, { members }] of parts) this.#add(groups, slot, members);
    return [...groups.values()];
  }

  #add(groups: Map<number, SlotGroup>, slot: number, members: readonly Buffer[]): void {
    const item = { bytes: encodeCommand(['SADD', slotDoubtsKey(this.#task, slot), ...members]), mark: -1, element: -1 };
    const group = groups.get(slot);
    if (group) group.items.push(item);
    else groups.set(slot, groupOf(slot, [item], false));
  }
}

/** What takes a key out of the record of its slot. */
export const removal = (task: string, slot: number, id: KeyId): Buffer =>
  encodeCommand(['SREM', slotDoubtsKey(task, slot), Buffer.from(id, 'latin1')]);
