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

export const hasSlots = ({ ranges }: ClusterMember): boolean => ranges.length > 0;
