import type { Snapshot } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { describeEnd, describeProgress } from './describe-progress.ts';

const snapshot = (fields: Partial<Snapshot>): Snapshot => ({
  state: 'full_sync',
  phase: 'full_sync',
  shards: [],
  keysDone: 0,
  keysTotal: null,
  keysSkipped: 0,
  bytesIn: 0,
  bytesOut: 0,
  keysPerSecond: 0,
  bytesPerSecond: 0,
  etaSeconds: null,
  lagBytes: null,
  lagMs: null,
  errors: {},
  lost: {},
  spoolBytes: 0,
  rateKeys: 0,
  rateBytes: 0,
  rssBytes: 0,
  startedAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:01:05.000Z',
  ...fields,
});

describe('progress in a line', () => {
  test('a full sync shows how much is done and how long it takes', () => {
    const fields = {
      keysDone: 500_000,
      keysTotal: 2_000_000,
      keysPerSecond: 250_000,
      bytesPerSecond: 30e6,
      etaSeconds: 6,
    };
    expect(describeProgress(snapshot(fields))).toBe(
      'full sync  [######..................] 25 %  500,000 of 2,000,000 keys  250,000/s  28.6 MiB/s  about 6.0 s left',
    );
  });

  test('following shows the lag, and losses and errors by name', () => {
    const fields = {
      state: 'incremental_sync',
      keysDone: 7,
      lagBytes: 2048,
      lagMs: 1500,
      lost: { function: 2 },
      errors: { 'endpoint.link_lost': 3 },
    } as const;
    expect(describeProgress(snapshot(fields))).toBe(
      'incremental sync  7 keys  0/s  0 B/s  lag 2.0 KiB, 1.5 s  lost 2 (function)  errors 3 (endpoint.link_lost)',
    );
  });

  test('the end says what was done in what time', () => {
    expect(describeEnd(snapshot({ state: 'completed', keysDone: 1_234_567, keysSkipped: 5 }))).toBe(
      'completed: 1,234,567 keys, 5 skipped in 1 min 5 s',
    );
  });
});
