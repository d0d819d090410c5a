import type { Migration, ShardProgress } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { endOfShard } from './shard-state.ts';

const shares = (state: 'failed' | 'incremental_sync') =>
  [{ machineId: 'm', state, shards: 1, problem: null }] satisfies Migration['shares'];

test.each<[Migration['state'], ShardProgress['phase'], Migration['state'] | null]>([
  ['incremental_sync', 'incremental_sync', null],
  ['stopping', 'incremental_sync', null],
  ['stopped', 'incremental_sync', 'stopped'],
  ['stopped', 'full_sync', 'stopped'],
  ['stopped', 'done', null],
  ['failed', 'incremental_sync', 'failed'],
  ['failed', 'failed', null],
])('in the state %s a shard in the phase %s has ended as %s', (state, phase, end) =>
  expect(endOfShard({ phase }, { state, shares: [] })).toBe(end),
);

test('the shards of a machine end with its share', () => {
  const shard = { phase: 'incremental_sync', machineId: 'm' } as const;
  expect(endOfShard(shard, { state: 'incremental_sync', shares: shares('failed') })).toBe('failed');
  expect(endOfShard(shard, { state: 'incremental_sync', shares: shares('incremental_sync') })).toBeNull();
});
