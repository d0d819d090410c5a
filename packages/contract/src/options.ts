import * as z from 'zod/mini';
import { Count, Time } from './basics.ts';
import { parseKeyPrefix } from './rules/key-prefix.ts';
import { faultOf, parseRule } from './rules/rule.ts';

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

/** A text that a reader of rules understands; what is wrong with it is the message. */
const understood = (read: (text: string) => unknown) =>
  z.string().check(
    z.minLength(1),
    z.maxLength(1_024),
    z.check<string>(({ value, issues }) => {
      const message = faultOf(value, read);
      if (message !== null) issues.push({ code: 'custom', message, input: value, path: [] });
    }),
  );
const Rules = z.array(understood(parseRule)).check(z.maxLength(1_000));
/** Ten years in milliseconds. */
const decade = 315_360_000_000;

/** How a migration runs. Every field has a default or may be absent, so `{}` is valid. 0 means no limit. */
export const MigrationOptions = z.object({
  onConflict: z._default(ExistingKeyPolicy, 'fail'),
  /** Rules of what is copied, in the form of `parseRule`. */
  filter: z._default(Rules, []),
  exclude: z._default(Rules, []),
  dbMap: z._default(z.array(z.string().check(z.regex(/^(\d{1,6}|\*):\d{1,6}$/))), []),
  keyPrefix: z._default(z.array(understood(parseKeyPrefix)).check(z.maxLength(1_000)), []),
  /** What is added to every expiry. */
  ttlShiftMs: z._default(z.int().check(z.gte(-decade), z.lte(decade)), 0),
  /** The longest time to live from the moment of copying. */
  ttlCapMs: z._default(z.int().check(z.gte(0), z.lte(decade)), 0),
  rateKeys: z._default(Count, 0),
  rateBytes: z._default(Count, 0),
  batch: z._default(z.int().check(z.gte(1), z.lte(10_000)), 1_024),
  connections: z._default(z.int().check(z.gte(1), z.lte(64)), 2),
  accept: z._default(z.array(LostClass), []),
  spoolMaxBytes: z._default(Count, 0),
  /** A value above that is written in pieces; a stream only where the target cannot take it as a whole. */
  bigKeyBytes: z._default(z.int().check(z.gte(65_536), z.lte(536_870_912)), 8_388_608),
  /** Of an AOF: what was executed later is left out, as far as its annotations tell. */
  until: z.optional(Time),
});
export type MigrationOptions = z.infer<typeof MigrationOptions>;
export type MigrationOptionsInput = z.input<typeof MigrationOptions>;
