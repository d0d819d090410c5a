import * as z from 'zod/mini';

/** UUIDv7 in lower case. */
export const Id = z.string().check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/));
/** RFC 3339 in UTC with milliseconds. */
export const Time = z.iso.datetime();
export const Count = z.int().check(z.nonnegative());

/** A name that a person gave: one line without control characters. */
export const Name = z
  .string()
  .check(z.trim(), z.minLength(1), z.maxLength(100), z.regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u));

/** A write-only text: it comes in, and no answer ever holds it. */
export const SecretText = z.string().check(z.maxLength(16_384));

/** The shape of every list answer. */
export const pageOf = <T extends z.core.$ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.nullable(z.string()), total: Count });

/** The query of every list. Values arrive as text. */
export const ListQuery = z.object({
  limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(200)), 50),
  cursor: z.optional(z.string().check(z.maxLength(512))),
  sort: z.optional(z.string().check(z.regex(/^-?[a-zA-Z]{1,32}$/))),
  q: z.optional(z.string().check(z.maxLength(200))),
});
export type ListQuery = z.infer<typeof ListQuery>;

/** RFC 9457 problem, as every failed answer has it. `facts` fill the texts, so that a client can show them in its language. */
export const Problem = z.object({
  type: z.string(),
  status: z.int(),
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  fix: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  fields: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  requestId: z.optional(z.string()),
});
export type Problem = z.infer<typeof Problem>;
