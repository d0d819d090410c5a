import type { MigrationMode, StateChange } from '@cacheferry/contract';
import type { ShownState } from './shown-state.ts';

export type Step = 'prepare' | 'full' | 'live' | 'cutover' | 'done';
export type StepView = {
  step: Step;
  status: 'before' | 'now' | 'after' | 'halted' | 'broken';
  startedAt: string | null;
  /** Time spent in it so far, pauses included; null where its end is not told. */
  ms: number | null;
};

const stepOf: Partial<Record<ShownState, Step>> = {
  queued: 'prepare',
  starting: 'prepare',
  full_sync: 'full',
  catching_up: 'live',
  incremental_sync: 'live',
  cutting_over: 'cutover',
  completed: 'done',
};

type Change = Pick<StateChange, 'at' | 'to'>;

/** The steps of a migration with start and time spent, from its changes of state. States between (paused, lost, stopping) belong to the step before. */
export function stepsOf(mode: MigrationMode, state: ShownState, changes: readonly Change[], now: number): StepView[] {
  const steps: Step[] = mode === 'full' ? ['prepare', 'full', 'done'] : ['prepare', 'full', 'live', 'cutover', 'done'];
  const spent = new Map<Step, { startedAt: string; ms: number }>();
  let current: Step | undefined;
  changes.forEach((change, index) => {
    const isOver = change.to === 'stopped' || change.to === 'failed' || change.to === 'draft';
    current = isOver ? undefined : (stepOf[change.to] ?? current);
    if (!current) return;
    const end = changes[index + 1]?.at;
    const until = end === undefined ? (change.to === 'completed' ? Date.parse(change.at) : now) : Date.parse(end);
    const entry = spent.get(current) ?? { startedAt: change.at, ms: 0 };
    entry.ms += Math.max(0, until - Date.parse(change.at));
    spent.set(current, entry);
  });
  // That all keys are copied is told by the shards alone.
  const reached = state === 'catching_up' ? 'live' : lastReached(changes);
  // What came to its end without a step, as a file that nothing follows, had none.
  const had = state === 'completed' ? steps.filter((step) => spent.has(step)) : steps;
  const at = reached ? had.indexOf(reached) : -1;
  return had.map((step, index) => ({
    step,
    status: statusOf(index, at, state),
    startedAt: spent.get(step)?.startedAt ?? null,
    ms: step === 'full' && reached === 'live' && !spent.has('live') ? null : (spent.get(step)?.ms ?? 0),
  }));
}

function lastReached(changes: readonly Change[]): Step | undefined {
  const named = changes.findLast((change) => stepOf[change.to] !== undefined);
  return named && stepOf[named.to];
}

function statusOf(index: number, at: number, state: ShownState): StepView['status'] {
  if (state === 'completed') return 'after';
  if (index < at) return 'after';
  if (index > at) return 'before';
  if (state === 'stopped') return 'halted';
  return state === 'failed' || state === 'lost' ? 'broken' : 'now';
}
