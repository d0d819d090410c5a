import * as z from 'zod/mini';
import { Count, Time } from './basics.ts';

export const ConflictClass = z.enum(['missing', 'extra', 'type', 'value', 'ttl', 'group', 'flags', 'unreadable']);
export type ConflictClass = z.infer<typeof ConflictClass>;

/** What one side had when the conflict was found. `value` is a short base64 excerpt; `pttlAt` an absolute Unix time in ms. */
export const ConflictSide = z.object({
  type: z.nullable(z.string()),
  length: z.nullable(Count),
  pttlAt: z.nullable(Count),
  value: z.nullable(z.string()),
  valueBytes: z.nullable(Count),
});
export type ConflictSide = z.infer<typeof ConflictSide>;

/** One differing element of a value: hash field, set or zset member, list index, stream entry, byte range. Bytes are base64. */
export const Difference = z.object({ at: z.string(), source: z.nullable(z.string()), target: z.nullable(z.string()) });
export type Difference = z.infer<typeof Difference>;

/** One differing key in one class. `key` is base64. */
export const Conflict = z.object({
  db: Count,
  key: z.string(),
  type: z.string(),
  class: ConflictClass,
  detail: z.object({
    message: z.string(),
    differences: z.optional(z.array(Difference)),
    truncated: z.optional(z.boolean()),
  }),
  source: z.nullable(ConflictSide),
  target: z.nullable(ConflictSide),
});
export type Conflict = z.infer<typeof Conflict>;

/**
 * What a repair did. `keysFound` differed lastingly; `keysRepaired` of them were made as on the source and, looked at once
 * more, were equal. `classes`: the repaired keys by what was wrong with them, a key once in each class that it was in.
 */
export const RepairResult = z.object({
  keysFound: Count,
  keysRepaired: Count,
  classes: z.record(z.string(), Count),
});
export type RepairResult = z.infer<typeof RepairResult>;

/**
 * What `ferry check --json` ends with. `partial`: stopped or not wholly compared, so never called consistent. `repair` is
 * there where one was asked for.
 */
export const CheckResult = z.object({
  verdict: z.enum(['consistent', 'inconsistent', 'partial']),
  mode: z.string(),
  rounds: Count,
  keysCompared: Count,
  conflicts: z.record(z.string(), Count),
  source: z.string(),
  target: z.string(),
  startedAt: Time,
  finishedAt: Time,
  offsets: z.record(z.string(), z.nullable(Count)),
  repair: z.optional(RepairResult),
});
export type CheckResult = z.infer<typeof CheckResult>;
