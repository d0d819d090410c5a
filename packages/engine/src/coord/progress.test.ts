import type { ShardPhase } from '@cacheferry/contract';
import { systemClock } from '@cacheferry/kernel';
import { expect, test } from 'vitest';
import type { ReceiverStatus } from '../recv/receiver.ts';
import { Progress } from './progress.ts';
import { ErrorTally, ShardTally } from './tally.ts';

function progressOf(receiving: ShardPhase, { contained, received }: { contained: number; received: number }): Progress {
  const tally = new ShardTally();
  tally.phase = 'incremental_sync';
  tally.offset = contained;
  const status: ReceiverStatus = {
    phase: receiving,
    source: '10.0.0.1:6379',
    replicationId: 'a'.repeat(40),
    fullSyncOffset: 1,
    rdbBytesTotal: 1,
    rdbBytesReceived: 1,
    receivedOffset: received,
    bytesIn: 1,
    spoolBytes: 1,
    reconnects: 0,
    fullSyncs: 1,
  };
  const receiver = { status: () => status, receivedAtOf: () => null };
  const control = { isPaused: false, rates: { rateKeys: 0, rateBytes: 0 } };
  const shards = [{ id: '0', tally, receiver }];
  return new Progress({ clock: systemClock, control, errors: new ErrorTally(), shards, rssBytes: () => 1 });
}

test.each<[ShardPhase, ShardPhase, number | null]>([
  ['incremental_sync', 'incremental_sync', 0],
  ['connecting', 'catching_up', null],
  ['handshake', 'catching_up', null],
  ['reconnecting', 'reconnecting', null],
])(
  'what a source wrote is unknown while it cannot be heard: %s is shown as %s with a lag of %s',
  (receiving, shown, lag) => {
    const { phase, lagBytes, lagMs, state } = progressOf(receiving, { contained: 7, received: 7 }).snapshot();
    expect({ phase, lagBytes, lagMs, state }).toEqual({
      phase: shown,
      lagBytes: lag,
      lagMs: lag,
      state: 'incremental_sync',
    });
  },
);

test('the lag is what was received and is not contained', () => {
  expect(progressOf('incremental_sync', { contained: 7, received: 12 }).snapshot().lagBytes).toBe(5);
});
