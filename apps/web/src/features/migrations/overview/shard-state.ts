import type { Migration, MigrationState, ShardProgress } from '@cacheferry/contract';

const atRest = new Set<string>(['queued', 'stopped', 'failed', 'completed'] satisfies MigrationState[]);

/** The state of a shard's run where that is over: the phase is then only where the engine left it. */
export function endOfShard(
  { phase, machineId }: Pick<ShardProgress, 'phase' | 'machineId'>,
  { state, shares }: Pick<Migration, 'state' | 'shares'>,
): MigrationState | null {
  if (phase === 'done' || phase === 'failed') return null;
  if (atRest.has(state)) return state;
  const own = shares.find((share) => share.machineId === machineId)?.state;
  return own && own !== 'unused' && atRest.has(own) ? own : null;
}
