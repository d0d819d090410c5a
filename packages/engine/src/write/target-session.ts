import type { Clock } from '@cacheferry/kernel';
import type { Connection } from '@cacheferry/resp';
import { type Claim, type ClaimOptions, claimTarget } from './claim-target.ts';
import { readTargetProfile, type TargetProfile } from './target-profile.ts';

/** A claimed connection to a target and what is known of it. */
export type TargetSession = { connection: Connection; profile: TargetProfile; claim: Claim };

/** Makes a connection ready for batches: asks the target what it is, then claims it. */
export async function openTargetSession(
  connection: Connection,
  clock: Clock,
  options: ClaimOptions,
): Promise<TargetSession> {
  // Neither is needed for correctness, and older servers know neither.
  await connection.pipeline([
    ['CLIENT', 'NO-EVICT', 'ON'],
    ['CLIENT', 'NO-TOUCH', 'ON'],
  ]);
  const profile = await readTargetProfile(connection, clock);
  return { connection, profile, claim: await claimTarget(connection, options) };
}
