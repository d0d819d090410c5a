import * as z from 'zod/mini';
import { Count, Id, Name, Problem, SecretText, Time } from './basics.ts';

export const HostKey = z.object({ type: z.string(), fingerprint: z.string() });
export type HostKey = z.infer<typeof HostKey>;

/** Write-only. `agent` uses the SSH agent of the server that runs the control plane. */
export const MachineAuth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('password'), password: SecretText.check(z.minLength(1)) }),
  z.strictObject({
    kind: z.literal('key'),
    privateKey: SecretText.check(z.minLength(1)),
    passphrase: z.optional(SecretText),
  }),
  z.strictObject({ kind: z.literal('agent') }),
]);
export type MachineAuth = z.infer<typeof MachineAuth>;

const host = z.string().check(z.trim(), z.regex(/^[\p{L}\p{N}_[][\p{L}\p{N}_.:%\]-]{0,252}$/u));
const userName = z.string().check(z.regex(/^[a-zA-Z_][a-zA-Z0-9_.@$-]{0,63}$/));
const workDir = z.string().check(z.maxLength(200), z.regex(/^(~\/|\/)[^\p{Cc}]*$/u));
const labels = z.array(z.string().check(z.trim(), z.minLength(1), z.maxLength(40))).check(z.maxLength(20));

export const MachineInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('local'), name: Name, labels: z.optional(labels), slots: z.optional(Count) }),
  z.strictObject({
    kind: z.literal('ssh'),
    name: Name,
    host,
    port: z._default(z.int().check(z.gte(1), z.lte(65_535)), 22),
    username: userName,
    auth: MachineAuth,
    labels: z.optional(labels),
    workDir: z.optional(workDir),
    slots: z.optional(Count),
  }),
]);
export type MachineInput = z.infer<typeof MachineInput>;

export const MachineChange = z.strictObject({
  name: z.optional(Name),
  host: z.optional(host),
  port: z.optional(z.int().check(z.gte(1), z.lte(65_535))),
  username: z.optional(userName),
  auth: z.optional(MachineAuth),
  labels: z.optional(labels),
  slots: z.optional(Count),
});
export type MachineChange = z.infer<typeof MachineChange>;

/** What a probe found. `clockOffsetMs` = the machine's clock minus the control plane's, corrected by half the round trip. */
export const MachineFacts = z.object({
  os: z.string(),
  arch: z.string(),
  kernel: z.string(),
  hostname: z.string(),
  bootId: z.nullable(z.string()),
  cores: Count,
  load1: z.number(),
  memoryTotalBytes: Count,
  memoryAvailableBytes: Count,
  diskTotalBytes: Count,
  diskFreeBytes: Count,
  workDir: z.string(),
  isWorkDirWritable: z.boolean(),
  nodeVersion: z.nullable(z.string()),
  clockOffsetMs: z.int(),
  roundTripMs: z.number(),
});
export type MachineFacts = z.infer<typeof MachineFacts>;

/**
 * `untrusted`: its host key waits for confirmation. `host_key_changed`: blocked until an administrator trusts the new key.
 * `not_writable`: it answers, but nothing can be written into its work directory.
 */
export const MachineState = z.enum([
  'untrusted',
  'unknown',
  'ready',
  'not_writable',
  'unreachable',
  'auth_failed',
  'host_key_changed',
]);
export type MachineState = z.infer<typeof MachineState>;

export const Machine = z.object({
  id: Id,
  name: Name,
  kind: z.enum(['local', 'ssh']),
  host: z.nullable(z.string()),
  port: z.nullable(z.int()),
  username: z.nullable(z.string()),
  authKind: z.nullable(z.enum(['password', 'key', 'agent'])),
  labels: z.array(z.string()),
  workDir: z.nullable(z.string()),
  slots: Count,
  running: Count,
  state: MachineState,
  isDraining: z.boolean(),
  trustedHostKey: z.nullable(HostKey),
  seenHostKey: z.nullable(HostKey),
  facts: z.nullable(MachineFacts),
  factsAt: z.nullable(Time),
  engine: z.nullable(z.object({ version: z.string(), sha256: z.string(), installedAt: Time })),
  problem: z.nullable(Problem),
  createdAt: Time,
  updatedAt: Time,
});
export type Machine = z.infer<typeof Machine>;

export const TrustInput = z.strictObject({ fingerprint: z.string().check(z.regex(/^SHA256:[A-Za-z0-9+/]{43}$/)) });
export type TrustInput = z.infer<typeof TrustInput>;
export const DrainInput = z.strictObject({ isDraining: z.boolean() });
export type DrainInput = z.infer<typeof DrainInput>;
