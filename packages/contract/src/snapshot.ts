import * as z from 'zod/mini';
import { Count, Id, Time } from './basics.ts';

export const ShardPhase = z.enum([
  'connecting',
  'handshake',
  'waiting_snapshot',
  'full_sync',
  'catching_up',
  'incremental_sync',
  'reconnecting',
  'paused',
  'done',
  'failed',
]);
export type ShardPhase = z.infer<typeof ShardPhase>;

/** Whether the source of a shard cannot be heard, or not yet: what it has written meanwhile is unknown, and so is the lag. */
export const isUnheard = (phase: ShardPhase): boolean => phase === 'reconnecting' || isNotYetHeard(phase);
/** Whether a shard is still on its way to its source. */
export const isNotYetHeard = (phase: ShardPhase): boolean => phase === 'connecting' || phase === 'handshake';

/** One shard's progress. `offset` is acknowledged by the target, `sourceOffset` produced by the source; `null` = unknown yet. */
export const ShardProgress = z.object({
  id: z.string(),
  source: z.string(),
  phase: ShardPhase,
  bytesTotal: z.nullable(Count),
  bytesDone: Count,
  keysTotal: z.nullable(Count),
  keysDone: Count,
  offset: z.nullable(Count),
  sourceOffset: z.nullable(Count),
  lagBytes: z.nullable(Count),
  lagMs: z.nullable(Count),
  /** Of a migration that runs on several machines: the one that has this shard. */
  machineId: z.optional(Id),
});
export type ShardProgress = z.infer<typeof ShardProgress>;

export const RunState = z.enum([
  'starting',
  'full_sync',
  'incremental_sync',
  'paused',
  'cutting_over',
  'stopping',
  'stopped',
  'completed',
  'failed',
]);
export type RunState = z.infer<typeof RunState>;

/** The progress of a run. `keysDone` counts keys the target acknowledged, never keys merely read. Rates are per second. */
export const Snapshot = z.object({
  state: RunState,
  phase: z.string(),
  shards: z.array(ShardProgress),
  keysDone: Count,
  keysTotal: z.nullable(Count),
  keysSkipped: Count,
  /** Commands that the target acknowledged, in both syncs. */
  commandsDone: z.optional(Count),
  bytesIn: Count,
  bytesOut: Count,
  keysPerSecond: z.number(),
  bytesPerSecond: z.number(),
  etaSeconds: z.nullable(Count),
  lagBytes: z.nullable(Count),
  lagMs: z.nullable(Count),
  errors: z.record(z.string(), Count),
  lost: z.record(z.string(), Count),
  /** Commands of the source that are no data and were not passed on (`publish`), by kind. */
  unforwarded: z.optional(z.record(z.string(), Count)),
  spoolBytes: Count,
  rateKeys: Count,
  rateBytes: Count,
  rssBytes: Count,
  startedAt: Time,
  updatedAt: Time,
});
export type Snapshot = z.infer<typeof Snapshot>;

/**
 * The progress of a full check: `conflicts` are those found so far in the current round. `lagBytes`: what the target lacks
 * of the source's stream, while the check waits for the migration.
 */
export const CheckSnapshot = z.object({
  state: z.enum(['queued', 'running', 'consistent', 'inconsistent', 'stopped', 'failed']),
  phase: z.string(),
  round: Count,
  rounds: Count,
  keysTotal: z.nullable(Count),
  keysCompared: Count,
  conflicts: z.record(z.string(), Count),
  keysPerSecond: z.number(),
  etaSeconds: z.nullable(Count),
  lagBytes: z.optional(z.nullable(Count)),
  rssBytes: Count,
  startedAt: Time,
  updatedAt: Time,
});
export type CheckSnapshot = z.infer<typeof CheckSnapshot>;
