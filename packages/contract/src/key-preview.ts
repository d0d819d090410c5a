import * as z from 'zod/mini';
import { Count, Id, Problem } from './basics.ts';
import { EndpointRef } from './endpoint.ts';
import { MigrationOptions } from './options.ts';

/** A key that was seen at the source, and what the rules make of it. Names are printable. */
export const PreviewedKey = z.object({
  db: z.int(),
  key: z.string(),
  type: z.string(),
  isTaken: z.boolean(),
  /** The rule that leaves it out; null: it fits no rule of what is copied, or it is taken. */
  because: z.nullable(z.string()),
  toDb: z.int(),
  toKey: z.string(),
});
export type PreviewedKey = z.infer<typeof PreviewedKey>;

/** What rules make of a sample of keys. `isWhole`: the sample is all there is. */
export const KeyPreview = z.object({
  sampled: Count,
  isWhole: z.boolean(),
  taken: Count,
  leftOut: Count,
  /** Of those that are taken: with another name, or in another database. */
  renamed: Count,
  /** Some of each kind. */
  keys: z.array(PreviewedKey),
});
export type KeyPreview = z.infer<typeof KeyPreview>;

export const KeyPreviewInput = z.strictObject({
  source: EndpointRef,
  target: z.optional(EndpointRef),
  machineId: Id,
  options: MigrationOptions,
});
export type KeyPreviewInput = z.infer<typeof KeyPreviewInput>;

/** The preview, or why there is none. */
export const KeyPreviewAnswer = z.object({ preview: z.nullable(KeyPreview), problem: z.nullable(Problem) });
export type KeyPreviewAnswer = z.infer<typeof KeyPreviewAnswer>;
