import type { Migration, Snapshot } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { shownState } from './shown-state.ts';

test.each<[Migration['state'], string | null, string]>([
  ['full_sync', 'full_sync', 'full_sync'],
  ['full_sync', 'catching_up', 'catching_up'],
  ['incremental_sync', 'catching_up', 'catching_up'],
  ['incremental_sync', 'incremental_sync', 'incremental_sync'],
  ['paused', 'catching_up', 'paused'],
  ['stopped', 'catching_up', 'stopped'],
  ['starting', null, 'starting'],
])('%s with the slowest shard in %s is shown as %s', (state, phase, shown) => {
  const snapshot = phase === null ? null : ({ phase } as Snapshot);
  expect(shownState({ state, mode: 'sync', snapshot })).toBe(shown);
});
