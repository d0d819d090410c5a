import type { Migration, MigrationState } from '@cacheferry/contract';

/** A state as the page shows it. */
export type ShownState = MigrationState | 'catching_up';

const running = new Set<MigrationState>(['full_sync', 'incremental_sync']);

/** What is behind by more is no live sync. */
const catchingUpMs = 10_000;

/** The state of a migration; `catching_up` while all keys are copied and a backlog of writes is being applied. */
export function shownState({ state, mode, snapshot }: Pick<Migration, 'state' | 'mode' | 'snapshot'>): ShownState {
  if (mode !== 'sync' || !snapshot || !running.has(state)) return state;
  const isBehind = snapshot.phase === 'incremental_sync' && (snapshot.lagMs ?? 0) > catchingUpMs;
  return isBehind || snapshot.phase === 'catching_up' ? 'catching_up' : state;
}
