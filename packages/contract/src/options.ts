import * as z from 'zod/mini';
import { Count } from './basics.ts';

export const MigrationMode = z.enum(['full', 'sync']);
export type MigrationMode = z.infer<typeof MigrationMode>;

/** What to do with a key that the target already has. */
export const ExistingKeyPolicy = z.enum(['overwrite', 'skip', 'fail']);
export type ExistingKeyPolicy = z.infer<typeof ExistingKeyPolicy>;

/** Classes of elements that a target cannot hold or refuses; `--accept` names them. */
export const LostClass = z.enum([
  'field_ttl',
  'function',
  'module',
  'type',
  'too_large',
  'refused',
  'script',
  'command',
]);
export type LostClass = z.infer<typeof LostClass>;

const pattern = z.string().check(z.minLength(1), z.maxLength(512));

/** How a migration runs. Every field has a default, so `{}` is valid. 0 means no limit. */
export const MigrationOptions = z.object({
  onConflict: z._default(ExistingKeyPolicy, 'fail'),
  filter: z._default(z.array(pattern), []),
  exclude: z._default(z.array(pattern), []),
  dbMap: z._default(z.array(z.string().check(z.regex(/^(\d{1,6}|\*):\d{1,6}$/))), []),
  keyPrefix: z._default(z.array(z.string().check(z.regex(/^[^:]*:.*$/), z.maxLength(512))), []),
  rateKeys: z._default(Count, 0),
  rateBytes: z._default(Count, 0),
  batch: z._default(z.int().check(z.gte(1), z.lte(10_000)), 512),
  connections: z._default(z.int().check(z.gte(1), z.lte(64)), 2),
  accept: z._default(z.array(LostClass), []),
  spoolMaxBytes: z._default(Count, 0),
});
export type MigrationOptions = z.infer<typeof MigrationOptions>;
export type MigrationOptionsInput = z.input<typeof MigrationOptions>;
