import * as z from 'zod/mini';
import { Id, Time } from './basics.ts';

export const PreflightStatus = z.enum(['pass', 'warn', 'fail', 'skipped', 'error']);
export type PreflightStatus = z.infer<typeof PreflightStatus>;

/**
 * One answered question of the preflight. `facts` fill the texts, so that a client can show them in its language by
 * `id` and `code`; `scope` is `machine`, `source`, `target`, `pair` or the address of one node. `error` counts as fail.
 */
export const PreflightRow = z.object({
  id: z.string(),
  scope: z.string(),
  status: PreflightStatus,
  observed: z.string(),
  expected: z.string(),
  message: z.string(),
  fix: z.string(),
  command: z.optional(z.string()),
  overridable: z.boolean(),
  code: z.optional(z.string()),
  facts: z.optional(z.record(z.string(), z.union([z.string(), z.number()]))),
  /** Which machine answered, where several were asked. */
  machineId: z.optional(Id),
});
export type PreflightRow = z.infer<typeof PreflightRow>;

/** A server that was found behind an address. */
export const EndpointMember = z.object({
  /** `host:port`. */
  address: z.string(),
  role: z.enum(['primary', 'replica']),
  isFailed: z.boolean(),
  /** Of a replica: the address of its primary. */
  primary: z.nullable(z.string()),
  /** Of a primary of a cluster: how many slots it has. */
  slots: z.nullable(z.int()),
  /** Of a primary. */
  keys: z.nullable(z.int()),
  version: z.nullable(z.string()),
});
export type EndpointMember = z.infer<typeof EndpointMember>;

/** What a server says it is, whatever its address says. */
export const ServerMode = z.enum(['standalone', 'cluster', 'sentinel']);
export type ServerMode = z.infer<typeof ServerMode>;

/** What one end of a migration was found to be. `null` = could not be read. */
export const EndpointFacts = z.object({
  kind: z.string(),
  product: z.nullable(z.string()),
  version: z.nullable(z.string()),
  role: z.nullable(z.string()),
  keys: z.nullable(z.int()),
  usedMemoryBytes: z.nullable(z.int()),
  maxMemoryBytes: z.nullable(z.int()),
  runId: z.nullable(z.string()),
  databases: z.record(z.string(), z.int()),
  /** `host:port` of the primaries that were found, one a shard. */
  nodes: z._default(z.array(z.string()), []),
  /** All servers that belong to it, replicas too. */
  members: z._default(z.array(EndpointMember), []),
  mode: z._default(z.nullable(ServerMode), null),
  /** Of a sentinel: the names of the primaries that it watches. */
  masterNames: z._default(z.array(z.string()), []),
});
export type EndpointFacts = z.infer<typeof EndpointFacts>;

/** What `ferry preflight --json` prints. `ok`: nothing failed, a migration may start. `digest` names exactly what was approved. */
export const PreflightReport = z.object({
  ok: z.boolean(),
  rows: z.array(PreflightRow),
  source: z.nullable(EndpointFacts),
  target: z.nullable(EndpointFacts),
  digest: z.string(),
  startedAt: Time,
  finishedAt: Time,
});
export type PreflightReport = z.infer<typeof PreflightReport>;
