import * as z from 'zod/mini';
import { Count } from './basics.ts';

/** `full` (whole values), `length`, `keys`, or `sample:N` (whole values of about N keys). */
export const CheckMode = z.union([
  z.enum(['full', 'length', 'keys']),
  z.string().check(z.regex(/^sample:[1-9]\d{0,9}$/)),
]);
export type CheckMode = z.infer<typeof CheckMode>;

/** How a full check runs. Every field has a default. 0 means no limit. */
export const CheckOptions = z.object({
  mode: z._default(CheckMode, 'full'),
  rounds: z._default(z.int().check(z.gte(1), z.lte(20)), 3),
  intervalMs: z._default(z.int().check(z.gte(0), z.lte(3_600_000)), 2_000),
  ttlToleranceMs: z._default(z.int().check(z.gte(0), z.lte(86_400_000)), 1_000),
  rateKeys: z._default(Count, 0),
  maxConflicts: z._default(z.int().check(z.gte(1), z.lte(10_000_000)), 100_000),
  repair: z._default(z.boolean(), false),
});
export type CheckOptions = z.infer<typeof CheckOptions>;
export type CheckOptionsInput = z.input<typeof CheckOptions>;
