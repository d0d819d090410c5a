import * as z from 'zod/mini';
import { Count, Id, Problem, Time } from './basics.ts';
import { checkStates } from './check-lifecycle.ts';
import { CheckOptions } from './check-options.ts';
import { CheckResult, Conflict, ConflictClass } from './conflict.ts';
import { UserRef } from './migration.ts';
import { CheckSnapshot } from './snapshot.ts';

export const CheckInput = CheckOptions;

export const Check = z.object({
  id: Id,
  migrationId: Id,
  migrationName: z.string(),
  machineId: Id,
  state: z.enum(checkStates),
  options: CheckOptions,
  snapshot: z.nullable(CheckSnapshot),
  result: z.nullable(CheckResult),
  conflicts: z.record(z.string(), Count),
  problem: z.nullable(Problem),
  by: UserRef,
  createdAt: Time,
  startedAt: z.nullable(Time),
  finishedAt: z.nullable(Time),
});
export type Check = z.infer<typeof Check>;

export const CheckFilter = z.object({
  migrationId: z.optional(Id),
  state: z.optional(z.string().check(z.maxLength(100))),
});
export type CheckFilter = z.infer<typeof CheckFilter>;

export const StoredConflict = z.extend(Conflict, { id: z.string(), round: Count });
export type StoredConflict = z.infer<typeof StoredConflict>;

export const ConflictFilter = z.object({
  class: z.optional(ConflictClass),
  db: z.optional(z.coerce.number().check(z.int(), z.gte(0))),
  type: z.optional(z.string().check(z.maxLength(40))),
});
export type ConflictFilter = z.infer<typeof ConflictFilter>;
