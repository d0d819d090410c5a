export const migrationStates = [
  'draft',
  'queued',
  'starting',
  'full_sync',
  'incremental_sync',
  'paused',
  'cutting_over',
  'completed',
  'stopping',
  'stopped',
  'failed',
  'lost',
] as const;
export type MigrationState = (typeof migrationStates)[number];

/** Who may cause a transition: a user, the supervisor, or the engine by its report. */
export type Actor = 'user' | 'supervisor' | 'engine';
export type Transition = { from: MigrationState; event: string; to: MigrationState; by: Actor };

const live = ['starting', 'full_sync', 'incremental_sync', 'paused', 'cutting_over'] as const;
const rows = (from: readonly MigrationState[], event: string, to: MigrationState | 'same', by: Actor): Transition[] =>
  from.map((state) => ({ from: state, event, to: to === 'same' ? state : to, by }));

/** Every allowed change of a migration's state: enforced by the domain, read by the page for its buttons. */
export const migrationLifecycle: readonly Transition[] = [
  ...rows(['draft', 'stopped', 'failed'], 'start', 'queued', 'user'),
  ...rows(['queued'], 'launch', 'starting', 'supervisor'),
  ...rows(['queued'], 'stop', 'stopped', 'user'),
  ...rows(['queued', ...live, 'stopping', 'lost'], 'fail', 'failed', 'supervisor'),
  ...rows(live, 'fail', 'failed', 'engine'),
  ...rows(['starting', 'incremental_sync', 'paused'], 'full_sync', 'full_sync', 'engine'),
  ...rows(['starting', 'full_sync', 'paused', 'cutting_over'], 'caught_up', 'incremental_sync', 'engine'),
  ...rows(['starting', 'full_sync', 'incremental_sync'], 'paused', 'paused', 'engine'),
  ...rows(['incremental_sync'], 'cutover', 'cutting_over', 'user'),
  ...rows(['starting', 'full_sync', 'incremental_sync', 'cutting_over', 'stopping'], 'done', 'completed', 'engine'),
  ...rows([...live, 'lost'], 'stop', 'stopping', 'user'),
  ...rows(['stopping', ...live], 'stopped', 'stopped', 'engine'),
  ...rows(['stopping'], 'fail', 'failed', 'engine'),
  ...rows(
    ['starting', 'full_sync', 'incremental_sync', 'paused', 'cutting_over', 'stopping'],
    'lose',
    'lost',
    'supervisor',
  ),
  ...rows(['full_sync', 'incremental_sync', 'paused'], 'restart', 'starting', 'supervisor'),
];

/** The state after an event, or `undefined` where the table has no such row. `contact` after `lost` is computed elsewhere. */
export function nextState(from: MigrationState, event: string, by?: Actor): MigrationState | undefined {
  return migrationLifecycle.find(
    (row) => row.from === from && row.event === event && (by === undefined || row.by === by),
  )?.to;
}

/** Whether an engine runs, or may run, in this state. */
export function isLive(state: MigrationState): boolean {
  return state === 'stopping' || state === 'lost' || (live as readonly string[]).includes(state);
}

/** Whether nothing more happens in this state until a user acts. */
export function isEnded(state: MigrationState): boolean {
  return state === 'completed' || state === 'stopped' || state === 'failed';
}
