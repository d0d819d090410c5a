import type { Migration, MigrationState } from '@cacheferry/contract';

/** A state as the page shows it. */
export type ShownState = MigrationState | 'catching_up';

const running = new Set<MigrationState>(['full_sync', 'incremental_sync']);

/** The state of a migration; `catching_up` while all keys are copied and a backlog of writes is being applied. */
export function shownState({ state, mode, snapshot }: Pick<Migration, 'state' | 'mode' | 'snapshot'>): ShownState {
  return mode === 'sync' && running.has(state) && snapshot?.phase === 'catching_up' ? 'catching_up' : state;
}
