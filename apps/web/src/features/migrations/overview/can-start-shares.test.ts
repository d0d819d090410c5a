import type { Migration } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { canStartShares } from './can-start-shares.ts';

type State = Migration['state'];
type ShareState = Migration['shares'][number]['state'];

test.each<[State, ShareState[], boolean]>([
  ['starting', ['incremental_sync', 'failed'], true],
  ['starting', ['incremental_sync', 'stopped'], true],
  ['incremental_sync', ['incremental_sync', 'unused'], false],
  ['full_sync', ['full_sync', 'completed'], false],
  ['stopping', ['stopping', 'failed'], false],
  ['failed', ['completed', 'failed'], false],
  ['starting', [], false],
])('%s with %j: %s', (state, states, expected) => {
  const shares = states.map((one) => ({ machineId: one, state: one, shards: 1, problem: null }));
  expect(canStartShares({ state, shares })).toBe(expected);
});
