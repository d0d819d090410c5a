import { isEnded, type Migration, type MigrationState, type ShardProgress } from '@cacheferry/contract';

const isAtRest = (state: MigrationState): boolean => state === 'queued' || isEnded(state);

/** The state of a shard's run where that is over: the phase is then only where the engine left it. */
export function endOfShard(
  { phase, machineId }: Pick<ShardProgress, 'phase' | 'machineId'>,
  { state, shares }: Pick<Migration, 'state' | 'shares'>,
): MigrationState | null {
  if (phase === 'done' || phase === 'failed') return null;
  if (isAtRest(state)) return state;
  const own = shares.find((share) => share.machineId === machineId)?.state;
  return own && own !== 'unused' && isAtRest(own) ? own : null;
}
