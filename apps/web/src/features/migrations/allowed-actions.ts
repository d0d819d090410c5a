import { familyOf, isEnded, type Migration, nextState, parseEndpointUrl } from '@cacheferry/contract';

export type Action = 'start' | 'pause' | 'resume' | 'rate' | 'stop';

/** Which actions make sense now, read from the lifecycle that the server enforces. */
export function allowedActions({ state }: Pick<Migration, 'state'>): Record<Action, boolean> {
  return {
    start: nextState(state, 'start', 'user') !== undefined,
    pause: nextState(state, 'paused', 'engine') !== undefined,
    resume: state === 'paused',
    rate: state === 'paused' || nextState(state, 'paused', 'engine') !== undefined,
    stop: nextState(state, 'stop', 'user') !== undefined,
  };
}

/** Whether the migration may be deleted: nothing of it runs. */
export function isDeletable({ state }: Pick<Migration, 'state'>): boolean {
  return state === 'draft' || isEnded(state);
}

/** Whether the migration may have noted something on its target that is of no use any more. */
export function isForgettable({ state, target }: Pick<Migration, 'state' | 'target'>): boolean {
  if (state === 'draft' || !isEnded(state)) return false;
  const endpoint = parseEndpointUrl(target.url);
  return endpoint.kind !== 'rdb' && familyOf(endpoint) === 'redis';
}
