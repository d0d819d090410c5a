import * as z from 'zod/mini';
import { Id } from './basics.ts';
import { CheckOptions } from './check-options.ts';
import { MigrationMode, MigrationOptions } from './options.ts';

/** An end of a job: its URL, and its secrets beside it or within. */
export const JobEndpoint = z.strictObject({
  url: z.string().check(z.minLength(1), z.maxLength(65_536)),
  password: z.optional(z.string()),
  sentinelPassword: z.optional(z.string()),
  token: z.optional(z.string()),
});
export type JobEndpoint = z.infer<typeof JobEndpoint>;

/**
 * The job file: what `--job FILE` reads (mode 0600) and what the control plane hands to a machine.
 * `runId` and `epoch` are there when a control plane started the run; a newer epoch fences an older engine.
 */
export const Job = z.strictObject({
  version: z.literal(1),
  kind: z._default(z.enum(['migrate', 'check', 'preflight']), 'migrate'),
  task: z.optional(Id),
  runId: z.optional(Id),
  epoch: z._default(z.int().check(z.gte(0)), 0),
  source: JobEndpoint,
  target: JobEndpoint,
  mode: z._default(MigrationMode, 'sync'),
  options: z.optional(MigrationOptions),
  /** One of several engines, each on a machine of its own, that share the shards of a source: the first is number 1. */
  share: z.optional(
    z
      .strictObject({
        number: z.int().check(z.gte(1)),
        of: z.int().check(z.gte(2), z.lte(1_000)),
        /** With fewer shards than engines, one for which none is left is done at once; else that is a mistake. */
        mayBeEmpty: z.optional(z.boolean()),
        /** All others have completed. */
        isLast: z.optional(z.boolean()),
      })
      .check(z.refine(({ number, of }) => number <= of)),
  ),
  /** Ids of preflight rows that may fail, because an administrator said so; `*` stands for all that can be overridden. */
  overrides: z.optional(z.array(z.string().check(z.maxLength(100))).check(z.maxLength(200))),
  check: z.optional(CheckOptions),
});
export type Job = z.infer<typeof Job>;
export type JobInput = z.input<typeof Job>;
