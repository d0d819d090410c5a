import * as z from 'zod/mini';
import { Count, Time } from './basics.ts';
import { CheckResult, Conflict } from './conflict.ts';

export const LogLevel = z.enum(['debug', 'info', 'warn', 'error']);
export type LogLevel = z.infer<typeof LogLevel>;

const head = { seq: z.int().check(z.gte(1)), at: Time };

/** One line of `events.jsonl`: `seq` rises by one from 1 over the whole life of a state directory, restarts included. */
export const EngineEvent = z.discriminatedUnion('type', [
  z.looseObject({ ...head, type: z.literal('log'), level: LogLevel, msg: z.string() }),
  z.looseObject({ ...head, type: z.literal('phase'), phase: z.string(), shard: z.optional(z.string()) }),
  // The fields of Snapshot (a migration) or CheckSnapshot (a full check) stand beside seq, at and type.
  z.looseObject({ ...head, type: z.literal('progress'), state: z.string(), phase: z.string() }),
  z.looseObject({ ...head, type: z.literal('ack'), command: z.string(), id: z.string(), ok: z.boolean() }),
  z.looseObject({ ...head, type: z.literal('conflict'), round: Count, conflict: Conflict }),
  z.looseObject({
    ...head,
    type: z.literal('error'),
    code: z.string(),
    detail: z.string(),
    fix: z.string(),
    fatal: z.boolean(),
  }),
  z.looseObject({
    ...head,
    type: z.literal('done'),
    outcome: z.enum(['completed', 'stopped', 'failed', 'consistent', 'inconsistent', 'partial']),
    totals: z.record(z.string(), z.number()),
    result: z.optional(CheckResult),
  }),
]);
export type EngineEvent = z.infer<typeof EngineEvent>;
export type EngineEventType = EngineEvent['type'];

/**
 * What the product streams and stores: the engine's events, and the control plane's own (`state`), numbered per
 * migration or check. `id` rises by one without a gap; a frame of type `progress` has none (`null`): it is state, not history.
 */
export const StoredEvent = z.looseObject({
  id: z.nullable(z.int().check(z.gte(1))),
  at: Time,
  type: z.string(),
  level: z.nullable(LogLevel),
  runId: z.nullable(z.string()),
  seq: z.nullable(z.int()),
});
export type StoredEvent = z.infer<typeof StoredEvent>;
