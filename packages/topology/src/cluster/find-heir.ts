import type { ClusterMember, ClusterView } from './cluster-view.ts';

/**
 * Who took the place of a primary that had slots `before`; null when nobody did.
 *
 * Slots that pass to a replica of their primary are a failover, whatever is said of the primary: while it is dead it cannot
 * tell, and the others may take it for a primary without slots, as if they had been moved. A replica may lack what its
 * primary had acknowledged, which slots that are moved never do.
 */
export function findHeir(before: ClusterView, now: ClusterView, id: string): ClusterMember | null {
  const primary = now.member(id);
  const isServing = primary !== undefined && primary.isPrimary && !primary.isFailed;
  for (const [from, to] of before.member(id)?.ranges ?? [])
    for (let slot = from; slot <= to; slot++) {
      const owner = now.ownerOf(slot);
      if (owner === undefined || owner.id === id) continue;
      const known = before.member(owner.id);
      const wasReplica = known ? !known.isPrimary : primary?.ranges.length === 0;
      if (!isServing || wasReplica) return owner;
    }
  return null;
}
