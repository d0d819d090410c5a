import * as z from 'zod/mini';
import { Count, Id, Name, Problem, Time } from './basics.ts';
import { CheckMode } from './check-options.ts';
import { EndpointRef, EndpointView } from './endpoint.ts';
import { StoredEvent } from './events.ts';
import { migrationStates } from './migration-lifecycle.ts';
import { MigrationMode, MigrationOptions } from './options.ts';
import { PreflightReport, PreflightRow } from './preflight.ts';
import { Snapshot } from './snapshot.ts';

export const UserRef = z.object({ id: Id, username: z.string() });

/** `moreMachineIds`: further machines that shall share the work; each of them is asked everything too. */
export const PreflightInput = z.strictObject({
  source: EndpointRef,
  target: EndpointRef,
  machineId: Id,
  moreMachineIds: z.optional(z.array(Id).check(z.maxLength(63))),
  mode: z._default(MigrationMode, 'sync'),
  options: z.optional(MigrationOptions),
});
export type PreflightInput = z.infer<typeof PreflightInput>;

const preflightStates = ['queued', 'running', 'done', 'failed'] as const;

/** What one of several machines found. */
export const PreflightShare = z.object({
  machineId: Id,
  state: z.enum(preflightStates),
  ok: z.boolean(),
  report: z.nullable(PreflightReport),
  problem: z.nullable(Problem),
  finishedAt: z.nullable(Time),
});
export type PreflightShare = z.infer<typeof PreflightShare>;

/**
 * A preflight run by a machine, or by several at once. `rows` fill up while it runs. Of several machines, `machines` has
 * one entry each, the rows carry their machine's id, and it is `ok` only if each of them is; `report` is `machineId`'s.
 */
export const Preflight = z.object({
  id: Id,
  state: z.enum(preflightStates),
  ok: z.boolean(),
  machineId: Id,
  machines: z._default(z.array(PreflightShare), []),
  source: EndpointView,
  target: EndpointView,
  mode: MigrationMode,
  options: MigrationOptions,
  rows: z.array(PreflightRow),
  report: z.nullable(PreflightReport),
  problem: z.nullable(Problem),
  createdAt: Time,
  finishedAt: z.nullable(Time),
});
export type Preflight = z.infer<typeof Preflight>;

export const MigrationInput = z.strictObject({
  name: Name,
  source: EndpointRef,
  target: EndpointRef,
  machineIds: z.optional(z.array(Id).check(z.minLength(1), z.maxLength(64))),
  mode: z._default(MigrationMode, 'sync'),
  options: z.optional(MigrationOptions),
  preflightId: z.optional(Id),
});
export type MigrationInput = z.infer<typeof MigrationInput>;

/**
 * What one of several machines does for a migration. `state` is as a migration's, and `unused` where the source has fewer
 * shards than the migration has machines.
 */
export const MigrationShare = z.object({
  machineId: Id,
  state: z.enum([...migrationStates, 'unused']),
  shards: Count,
  problem: z.nullable(Problem),
});
export type MigrationShare = z.infer<typeof MigrationShare>;

/** `pending`: what a user asked and the engine has not acknowledged yet. `snapshotAt`: when contact was last made. */
export const Migration = z.object({
  id: Id,
  name: Name,
  state: z.enum(migrationStates),
  mode: MigrationMode,
  source: EndpointView,
  target: EndpointView,
  machineIds: z.array(Id),
  /** One for each machine where there are several, in their order; else empty. */
  shares: z._default(z.array(MigrationShare), []),
  options: MigrationOptions,
  preflightId: z.nullable(Id),
  snapshot: z.nullable(Snapshot),
  snapshotAt: z.nullable(Time),
  pending: z.nullable(z.object({ command: z.string(), at: Time })),
  problem: z.nullable(Problem),
  restarts: Count,
  lastCheck: z.nullable(z.object({ id: Id, state: z.string(), mode: CheckMode, finishedAt: z.nullable(Time) })),
  owner: UserRef,
  createdAt: Time,
  startedAt: z.nullable(Time),
  endedAt: z.nullable(Time),
  updatedAt: Time,
});
export type Migration = z.infer<typeof Migration>;

/** Beside the common list query: `state` (comma separated), `view` (active = not ended, ended = history), `machineId`. */
export const MigrationFilter = z.object({
  state: z.optional(z.string().check(z.maxLength(200))),
  view: z.optional(z.enum(['active', 'ended'])),
  machineId: z.optional(Id),
});
export type MigrationFilter = z.infer<typeof MigrationFilter>;

/** Starting with a failed preflight row needs an administrator and a reason, which lands in audit and report. */
export const StartInput = z.strictObject({
  preflightId: z.optional(Id),
  override: z.optional(z.strictObject({ reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(500)) })),
});
export type StartInput = z.infer<typeof StartInput>;
export const RateInput = z.strictObject({ rateKeys: z.optional(Count), rateBytes: z.optional(Count) });
export type RateInput = z.infer<typeof RateInput>;

/** `job`: the job file with every secret masked; `command`: the same run as a `ferry` command. */
export const MigrationConfig = z.object({
  job: z.record(z.string(), z.unknown()),
  defaults: z.array(z.string()),
  command: z.string(),
});
export type MigrationConfig = z.infer<typeof MigrationConfig>;

export const LogQuery = z.object({
  after: z.optional(z.coerce.number().check(z.int(), z.gte(0))),
  before: z.optional(z.coerce.number().check(z.int(), z.gte(1))),
  limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(1000)), 200),
  level: z.optional(z.enum(['debug', 'info', 'warn', 'error'])),
  type: z.optional(z.string().check(z.regex(/^[a-z,]{1,100}$/))),
  q: z.optional(z.string().check(z.maxLength(200))),
});
export type LogQuery = z.infer<typeof LogQuery>;
/** `total` counts what matches; `lastId` is the newest id of all. */
export const LogPage = z.object({
  items: z.array(StoredEvent),
  nextCursor: z.nullable(z.string()),
  total: Count,
  lastId: Count,
});
export type LogPage = z.infer<typeof LogPage>;

export const MetricsQuery = z.object({
  from: z.optional(Time),
  to: z.optional(Time),
  step: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(86_400)), 1),
});
export type MetricsQuery = z.infer<typeof MetricsQuery>;
export const MetricsPoint = z.object({
  at: Time,
  keysPerSecond: z.number(),
  bytesPerSecond: z.number(),
  keysDone: Count,
  lagBytes: z.nullable(Count),
  lagMs: z.nullable(Count),
  rssBytes: Count,
});
export const Metrics = z.object({ step: Count, points: z.array(MetricsPoint) });
export type Metrics = z.infer<typeof Metrics>;

/** How many keys a migration has had noted on its target, which are gone. */
export const Forgotten = z.object({ keys: Count });
export type Forgotten = z.infer<typeof Forgotten>;

/** One change of state, from the history of a migration. */
export const StateChange = z.object({
  id: Count,
  at: Time,
  from: z.nullable(z.enum(migrationStates)),
  to: z.enum(migrationStates),
  event: z.string(),
  by: z.string(),
  reason: z.nullable(z.string()),
});
export type StateChange = z.infer<typeof StateChange>;

/** Frames of `GET /events`, one stream for all lists of a page. */
export const LiveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('migration'), migration: Migration }),
  z.object({ type: z.literal('removed'), kind: z.string(), id: Id }),
  z.object({ type: z.literal('machine'), id: Id }),
  z.object({ type: z.literal('check'), id: Id, migrationId: Id }),
]);
export type LiveEvent = z.infer<typeof LiveEvent>;
