import type { ClusterMember, ClusterView } from './cluster-view.ts';

/** A primary without slots is followed too: what is moved to it later is then in its stream. */
export const isServing = ({ isPrimary, isFailed }: ClusterMember): boolean => isPrimary && !isFailed;

/**
 * Who speaks for a shard now, and which servers belong to it; null while none of them can.
 *
 * A primary that was replaced is one without slots for a moment, or failed, until it is known as a replica: it stays.
 */
export function settleMembers(
  view: ClusterView,
  known: ReadonlySet<string>,
): { primary: ClusterMember; members: Set<string> } | null {
  const own = view.members.filter(({ id }) => known.has(id));
  const [primary] = own
    .filter(isServing)
    .sort((a, b) => Number(hasSlots(b)) - Number(hasSlots(a)) || b.configEpoch - a.configEpoch);
  if (!primary) return null;
  const replaced = own.filter((member) => member.isFailed || (isServing(member) && !hasSlots(member)));
  const members = new Set([primary.id, ...replaced.map(({ id }) => id)]);
  for (const { id, primaryId } of view.members) if (primaryId !== '' && members.has(primaryId)) members.add(id);
  return { primary, members };
}

/**
 * Whether all servers of a shard follow a primary of another one now, so that nobody will ever speak for it again: a
 * primary without slots that was made a replica. Its stream is from then on that of the other.
 */
export function isDissolved(view: ClusterView, known: ReadonlySet<string>): boolean {
  const own = view.members.filter(({ id }) => known.has(id));
  return own.length > 0 && own.every(({ primaryId }) => primaryId !== '' && !known.has(primaryId));
}

export const hasSlots = ({ ranges }: ClusterMember): boolean => ranges.length > 0;
