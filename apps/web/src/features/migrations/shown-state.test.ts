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

test.each<[number | null, string]>([
  [null, 'incremental_sync'],
  [900, 'incremental_sync'],
  [60_000, 'catching_up'],
])('a live sync with a lag of %s ms is shown as %s', (lagMs, shown) => {
  const snapshot = { phase: 'incremental_sync', lagMs } as Snapshot;
  expect(shownState({ state: 'incremental_sync', mode: 'sync', snapshot })).toBe(shown);
});
