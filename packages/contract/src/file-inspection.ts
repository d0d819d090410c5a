import * as z from 'zod/mini';
import { Count, Time } from './basics.ts';

/** One big key of a file; `key` is base64, `bytes` what its value takes in the file. */
export const LargeKey = z.object({ db: Count, key: z.string(), type: z.string(), bytes: Count });
export type LargeKey = z.infer<typeof LargeKey>;

/** What an RDB or AOF was found to hold. `isWhole`: it was read to its end; else the numbers are those of its beginning. */
export const FileInspection = z.object({
  file: z.string(),
  /** null where there is no RDB in it. */
  rdbVersion: z.nullable(Count),
  /** What wrote it, as it says itself. */
  product: z.nullable(z.string()),
  serverVersion: z.nullable(z.string()),
  createdAt: z.nullable(Time),
  keys: Count,
  /** Keys that expire, and those of them whose time has passed. */
  expiring: Count,
  expired: Count,
  /** Keys by database, then by type. */
  databases: z.record(z.string(), z.record(z.string(), Count)),
  largest: z.array(LargeKey),
  functionLibraries: Count,
  /** Commands behind the RDB. */
  commands: Count,
  bytesRead: Count,
  isWhole: z.boolean(),
  /** False where the file has no checksum that its values could be compared with. */
  isVerified: z.boolean(),
  /** Where and how it is damaged. */
  problem: z.nullable(
    z.object({
      code: z.string(),
      title: z.string(),
      fix: z.string(),
      facts: z.record(z.string(), z.union([z.string(), z.number()])),
    }),
  ),
});
export type FileInspection = z.infer<typeof FileInspection>;
