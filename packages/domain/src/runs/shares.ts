import { type MigrationState, parseEndpointUrl, type Problem } from '@cacheferry/contract';
import { problemOf } from '../problem.ts';
import type { StoredRun } from '../store/runs.ts';
import type { MigrationRecord } from '../store/work.ts';

type Shared = Pick<MigrationRecord, 'source' | 'target' | 'machineIds'>;

/**
 * The machines that get an engine each, the first share first. A source that cannot be shared is the first machine's
 * alone. What an application of CacheCloud is, its engines find out.
 */
export function workplacesOf({ source, target, machineIds }: Shared): string[] {
  const from = parseEndpointUrl(source.url);
  const isMany = from.kind === 'twemproxy' || from.kind === 'cachecloud' || from.kind === 'cluster';
  return isMany && parseEndpointUrl(target.url).kind !== 'rdb' ? machineIds : machineIds.slice(0, 1);
}

/** The newest run of each machine that gets an engine, in their order. */
export function sharesAmong(migration: Shared, newest: readonly StoredRun[]): StoredRun[] {
  return workplacesOf(migration).flatMap((id) => newest.find(({ machineId }) => machineId === id) ?? []);
}

/** Which share of a migration a machine has; undefined where one machine has all of it. */
export function shareOf(migration: Shared, machineId: string): { number: number; of: number } | undefined {
  const places = workplacesOf(migration);
  const at = places.indexOf(machineId);
  return places.length > 1 && at >= 0 ? { number: at + 1, of: places.length } : undefined;
}

/** A run that ended because no shard was left for it. */
export function isSpare({ outcome, phase, snapshot }: Pick<StoredRun, 'outcome' | 'phase' | 'snapshot'>): boolean {
  return phase === 'ended' && outcome === 'completed' && snapshot?.shards.length === 0;
}

/** A run whose machine does not answer: what its engine does is unknown. */
export const isOutOfContact = ({ phase, isLost }: Pick<StoredRun, 'phase' | 'isLost'>): boolean =>
  isLost && phase !== 'ended';

type Told = Pick<StoredRun, 'phase' | 'outcome' | 'isLost' | 'reported'>;
export type ShareState = Exclude<MigrationState, 'draft'>;

/** Where one share of a migration is. */
export function stateOfShare({ phase, outcome, isLost, reported }: Told): ShareState {
  if (phase === 'queued') return 'queued';
  if (phase === 'ended') return outcome === 'completed' || outcome === 'stopped' ? outcome : 'failed';
  return isLost ? 'lost' : (reported ?? 'starting');
}

const early: readonly ShareState[] = ['queued', 'starting', 'failed', 'stopped', 'stopping'];

/**
 * Where all shares together are: as far as the one that is behind the others. One that ended before its time has
 * everything before it. Null where all are done.
 */
export function stateOfShares(runs: readonly Told[]): 'starting' | 'full_sync' | 'paused' | 'incremental_sync' | null {
  const states = runs.map(stateOfShare).filter((state) => state !== 'completed');
  if (states.length === 0) return null;
  if (states.some((state) => early.includes(state))) return 'starting';
  if (states.includes('full_sync')) return 'full_sync';
  return states.every((state) => state === 'paused') ? 'paused' : 'incremental_sync';
}

/** Why the first share that has failed did so. */
export function problemOfShares(runs: readonly Pick<StoredRun, 'phase' | 'outcome' | 'lastError'>[]): Problem | null {
  const failed = runs.find(({ phase, outcome, lastError }) => phase === 'ended' && outcome === 'failed' && lastError);
  return failed?.lastError ? problemOf(failed.lastError) : null;
}

/** What one of so many engines may do of a limit that is for all of them together; 0 is no limit. */
export function partOfRate(total: number, at: number, count: number): number {
  if (total === 0 || count <= 1) return total;
  return Math.max(1, Math.floor(total / count) + (at < total % count ? 1 : 0));
}
