import type { Snapshot } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { nextStepOf } from './next-step-of.ts';

const server = { kind: 'standalone' };
const ends = { source: server, target: server };
const consistent = { id: 'c', state: 'consistent', mode: 'full', finishedAt: null } as const;

test.each([
  ['draft', null, 'start'],
  ['full_sync', null, 'wait'],
  ['incremental_sync', null, 'check'],
  ['incremental_sync', consistent, 'move'],
  ['stopping', consistent, 'stopping'],
  ['stopped', consistent, 'again'],
  ['completed', consistent, 'done'],
] as const)('in the state %s, with the check %o, comes %s', (state, lastCheck, step) => {
  expect(nextStepOf({ state, mode: 'sync', lastCheck, snapshot: null, ...ends })).toBe(step);
});

test.each(['keys', 'length', 'sample:100'] as const)('a check of %s has not compared all values', (mode) => {
  const migration = { mode: 'sync', lastCheck: { ...consistent, mode }, snapshot: null, ...ends } as const;
  expect(nextStepOf({ ...migration, state: 'incremental_sync' })).toBe('moveInPart');
  expect(nextStepOf({ ...migration, state: 'completed' })).toBe('doneInPart');
  const differing = { ...migration, lastCheck: { ...migration.lastCheck, state: 'inconsistent' } };
  expect(nextStepOf({ ...differing, state: 'incremental_sync' })).toBe('inconsistent');
});

test('while a backlog is applied there is nothing to check yet', () => {
  const snapshot = { phase: 'catching_up' } as Snapshot;
  expect(nextStepOf({ state: 'incremental_sync', mode: 'sync', lastCheck: consistent, snapshot, ...ends })).toBe(
    'catchUp',
  );
});

test.each([
  ['rdb', 'standalone', 'copied'],
  ['aof', 'cluster', 'copied'],
  ['standalone', 'rdb', 'copied'],
  ['twemproxy', 'cachecloud', 'checkCopy'],
])('after a copy from %s to %s comes %s', (source, target, step) => {
  const ends = { source: { kind: source }, target: { kind: target } };
  expect(nextStepOf({ state: 'completed', mode: 'full', lastCheck: null, snapshot: null, ...ends })).toBe(step);
});
