import type { ShardPhase, Snapshot } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { mergeSnapshots } from './merge-snapshots.ts';

const shard = (id: string, phase: ShardPhase) => ({
  id,
  source: `10.0.0.1:${id}`,
  phase,
  bytesTotal: null,
  bytesDone: 0,
  keysTotal: null,
  keysDone: 0,
  offset: null,
  sourceOffset: null,
  lagBytes: null,
  lagMs: null,
});
const snapshot = (id: string, phase: ShardPhase, lagMs: number | null): Snapshot => ({
  state: 'incremental_sync',
  phase,
  shards: [shard(id, phase)],
  keysDone: 0,
  keysTotal: null,
  keysSkipped: 0,
  bytesIn: 0,
  bytesOut: 0,
  keysPerSecond: 0,
  bytesPerSecond: 0,
  etaSeconds: null,
  lagBytes: lagMs,
  lagMs,
  errors: {},
  lost: {},
  spoolBytes: 0,
  rateKeys: 0,
  rateBytes: 0,
  rssBytes: 0,
  startedAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
});
const run = (machineId: string, told: Snapshot | null) => ({
  machineId,
  phase: 'launched' as const,
  outcome: null,
  isLost: false,
  reported: 'incremental_sync' as const,
  snapshot: told,
});
const follows = run('a', snapshot('1', 'incremental_sync', 20));

describe('the lag of several machines', () => {
  test('is that of the one that is furthest behind', () =>
    expect(mergeSnapshots([follows, run('b', snapshot('2', 'incremental_sync', 700))])?.lagMs).toBe(700));

  test.each(['connecting', 'handshake', 'reconnecting'] as const)('is unknown while one is %s', (phase) => {
    const merged = mergeSnapshots([follows, run('b', snapshot('2', phase, null))]);
    expect(merged).toMatchObject({ lagMs: null, lagBytes: null });
  });

  test('is unknown before each has told', () =>
    expect(mergeSnapshots([follows, run('b', null)])).toMatchObject({ lagMs: null, lagBytes: null }));
});
