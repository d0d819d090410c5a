import type { Clock } from '@cacheferry/kernel';
import type { Connection } from '@cacheferry/resp';
import { ClusterLink } from '../route/cluster-link.ts';
import { type ClusterState, endOthers, readClusterState } from '../route/cluster-session.ts';
import { type Claim, type ClaimOptions, claimTarget } from './claim-target.ts';
import { readTargetProfile, type TargetProfile } from './target-profile.ts';

/** A claimed target and what is known of it. */
export type TargetSession = { profile: TargetProfile; claim: Claim } & (
  | { connection: Connection; state?: never }
  | { connection: ClusterLink; state: ClusterState }
);

/** Makes a target ready for batches: asks it what it is, claims it, and reads how far it is. */
export async function openTargetSession(
  connection: Connection | ClusterLink,
  clock: Clock,
  options: ClaimOptions & { shard: string },
): Promise<TargetSession> {
  // Neither is needed for correctness, and older servers know neither.
  await connection.pipeline([
    ['CLIENT', 'NO-EVICT', 'ON'],
    ['CLIENT', 'NO-TOUCH', 'ON'],
  ]);
  const profile = await readTargetProfile(connection, clock);
  const claim = await claimTarget(connection, options);
  if (!(connection instanceof ClusterLink)) return { connection, profile, claim };
  // A watch would void the next EXEC, whatever slot it is about. Here slots and marks guard themselves.
  await connection.call('UNWATCH');
  await endOthers(connection);
  const { shard } = options;
  const state = await readClusterState(connection, claim.checkpoints.get(shard) ?? null, options);
  const checkpoints = new Map(claim.checkpoints);
  if (state.known) checkpoints.set(shard, state.known);
  return { connection, profile: { ...profile, databases: 1 }, claim: { ...claim, checkpoints }, state };
}
