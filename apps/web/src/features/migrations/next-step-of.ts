import { canCompare, type Migration } from '@cacheferry/contract';
import { shownState } from './shown-state.ts';

export type NextStepKind =
  | 'start'
  | 'prepare'
  | 'wait'
  | 'catchUp'
  | 'stopping'
  | 'resume'
  | 'check'
  | 'checkCopy'
  | 'checking'
  | 'copied'
  | 'inconsistent'
  | 'move'
  | 'moveInPart'
  | 'done'
  | 'doneInPart'
  | 'again'
  | 'failed'
  | 'lost';

type Known = Pick<Migration, 'state' | 'mode' | 'lastCheck' | 'snapshot'> & {
  source: { kind: string };
  target: { kind: string };
};

/** What a person should do next, from the state and the last full check. */
export function nextStepOf(migration: Known): NextStepKind {
  const { mode, lastCheck } = migration;
  const state = shownState(migration);
  switch (state) {
    case 'catching_up':
      return 'catchUp';
    case 'draft':
      return 'start';
    case 'queued':
    case 'starting':
      return 'prepare';
    case 'paused':
      return 'resume';
    case 'failed':
    case 'lost':
    case 'stopping':
      return state;
    case 'stopped':
      return 'again';
    case 'incremental_sync':
    case 'completed':
      if (!canCompare(migration)) return 'copied';
      return afterCopy(lastCheck, state === 'completed', mode);
    default:
      return 'wait';
  }
}

function afterCopy(last: Migration['lastCheck'], isOver: boolean, mode: Migration['mode']): NextStepKind {
  const check = last?.state;
  if (check === 'queued' || check === 'running') return 'checking';
  if (check === 'inconsistent') return 'inconsistent';
  if (check === 'consistent' && last?.mode !== 'full') return isOver ? 'doneInPart' : 'moveInPart';
  if (check === 'consistent') return isOver ? 'done' : 'move';
  return isOver && mode === 'full' ? 'checkCopy' : 'check';
}
