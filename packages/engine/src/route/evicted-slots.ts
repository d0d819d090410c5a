import { FerryError } from '@cacheferry/kernel';
import { type Connection, infoCount, infoField, ReplyError } from '@cacheferry/resp';
import type { ClusterLink } from './cluster-link.ts';
import type { ClusterState } from './cluster-session.ts';
import type { SlotGroup } from './slot-group.ts';

/** Slots that have no checkpoint, on nodes that have evicted keys which cannot expire, as checkpoints are. */
export async function findEvictedSlots({ nodes }: ClusterLink, slots: Float64Array): Promise<Set<number>> {
  const found = new Set<number>();
  for (const { id, ranges } of nodes.view.primaries) {
    if (!(await evictsAny(nodes.connectionOf(id)))) continue;
    for (const [from, to] of ranges) for (let slot = from; slot <= to; slot++) if (slots[slot] === 0) found.add(slot);
  }
  return found;
}

async function evictsAny(node: Connection): Promise<boolean> {
  const replies = await node.pipeline([
    ['INFO', 'stats'],
    ['INFO', 'memory'],
  ]);
  for (const reply of replies) if (reply instanceof ReplyError) throw node.classify(reply, 'INFO');
  const [stats = null, memory = null] = replies;
  const evicted = infoCount(stats, 'evicted_keys') ?? 0;
  return evicted > 0 && infoField(memory, 'maxmemory_policy')?.startsWith('volatile') !== true;
}

type Session = { connection: { endpoint: string }; state: Pick<ClusterState, 'evicted' | 'sentUntil'> };

/**
 * Keeps commands that must not be run twice from slots whose checkpoint may have been evicted: an engine that was killed may
 * have run them there.
 */
export class EvictedSlots {
  readonly #session: Session;
  readonly #canMend: () => boolean;

  /** `canMend`: keys that an earlier engine may have used are read anew. */
  constructor(session: Session, canMend: () => boolean) {
    this.#session = session;
    this.#canMend = canMend;
  }

  /** Groups are to be sent. Throws `target.evicted_checkpoint`. */
  pass(groups: readonly SlotGroup[]): void {
    const { connection, state } = this.#session;
    const { evicted, sentUntil } = state;
    if (evicted.size === 0) return;
    for (const { slot, isGuarded, items } of groups) {
      if (!isGuarded || !evicted.delete(slot) || this.#canMend()) continue;
      if (items.some(({ mark }) => mark >= 0 && mark <= sentUntil))
        throw new FerryError('target.evicted_checkpoint', { endpoint: connection.endpoint });
    }
  }
}
