import * as z from 'zod/mini';
import { Count, Time } from './basics.ts';
import { LostClass } from './options.ts';

/** Something that did not arrive, as the engine named it: by its key (made printable), or by its command. */
export const LostElement = z.object({
  id: z.int(),
  at: Time,
  class: LostClass,
  count: Count,
  db: Count,
  shard: z.nullable(z.string()),
  /** null where it belongs to no key, or where keys may not be seen. */
  key: z.nullable(z.string()),
  command: z.nullable(z.string()),
  detail: z.string(),
});
export type LostElement = z.infer<typeof LostElement>;

export const LostQuery = z.object({
  class: z.optional(LostClass),
  after: z._default(z.coerce.number().check(z.int(), z.gte(0)), 0),
  limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(1000)), 100),
});
export type LostQuery = z.infer<typeof LostQuery>;
/** Oldest first; `nextCursor` is the `after` of the page that follows. */
export const LostPage = z.object({
  items: z.array(LostElement),
  nextCursor: z.nullable(z.string()),
  total: Count,
});
export type LostPage = z.infer<typeof LostPage>;
