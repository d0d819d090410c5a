import * as z from 'zod/mini';
import { Id, Name, SecretText, Time } from './basics.ts';

export const Role = z.enum(['viewer', 'operator', 'admin']);
export type Role = z.infer<typeof Role>;

const rank: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Whether a role may do what `needed` may: admin includes operator includes viewer. */
export function roleIncludes(role: Role, needed: Role): boolean {
  return rank[role] >= rank[needed];
}

export const Username = z.string().check(z.trim(), z.regex(/^[a-zA-Z0-9][a-zA-Z0-9._@-]{0,62}$/));
export const NewPassword = SecretText.check(z.minLength(12), z.maxLength(256));

export const SignIn = z.strictObject({
  username: z.string().check(z.maxLength(200)),
  password: z.string().check(z.maxLength(1024)),
});
export type SignIn = z.infer<typeof SignIn>;
export const SessionUser = z.object({ id: Id, username: z.string(), role: Role, mustChangePassword: z.boolean() });
export type SessionUser = z.infer<typeof SessionUser>;
export const Session = z.object({ user: SessionUser, role: Role, csrfToken: z.string(), version: z.string() });
export type Session = z.infer<typeof Session>;
export const PasswordChange = z.strictObject({ current: z.string().check(z.maxLength(1024)), next: NewPassword });
export type PasswordChange = z.infer<typeof PasswordChange>;

export const User = z.object({
  id: Id,
  username: z.string(),
  role: Role,
  isDisabled: z.boolean(),
  createdAt: Time,
  lastSignInAt: z.nullable(Time),
});
export type User = z.infer<typeof User>;
export const UserInput = z.strictObject({ username: Username, password: NewPassword, role: Role });
export type UserInput = z.infer<typeof UserInput>;
export const UserChange = z.strictObject({
  role: z.optional(Role),
  isDisabled: z.optional(z.boolean()),
  password: z.optional(NewPassword),
});
export type UserChange = z.infer<typeof UserChange>;

export const TokenInput = z.strictObject({ name: Name, role: Role, expiresAt: z.optional(z.nullable(Time)) });
export type TokenInput = z.infer<typeof TokenInput>;
export const Token = z.object({
  id: Id,
  name: z.string(),
  prefix: z.string(),
  role: Role,
  createdAt: Time,
  expiresAt: z.nullable(Time),
  lastUsedAt: z.nullable(Time),
});
export type Token = z.infer<typeof Token>;
/** The answer that makes a token: the only one that ever holds it. */
export const NewToken = z.extend(Token, { token: z.string() });
export type NewToken = z.infer<typeof NewToken>;

export const AuditEntry = z.object({
  id: Id,
  at: Time,
  actor: z.string(),
  role: z.nullable(Role),
  address: z.nullable(z.string()),
  action: z.string(),
  objectKind: z.string(),
  objectId: z.nullable(z.string()),
  objectName: z.nullable(z.string()),
  detail: z.record(z.string(), z.unknown()),
  result: z.string(),
  requestId: z.nullable(z.string()),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

const minutes = z.int().check(z.gte(5), z.lte(10_080));
const fileBytes = z.int().check(z.gte(1_048_576), z.lte(2 ** 50));
const gib = 1024 ** 3;
const days = z.int().check(z.gte(1), z.lte(3650));

/** Settings of the whole installation; each has a default. */
export const Settings = z.object({
  sessionIdleMinutes: z._default(minutes, 720),
  eventRetentionDays: z._default(days, 90),
  viewersSeeKeys: z._default(z.boolean(), true),
  /** How large one uploaded file may be, and all of them together. */
  uploadMaxBytes: z._default(fileBytes, 64 * gib),
  uploadQuotaBytes: z._default(fileBytes, 256 * gib),
});
export type Settings = z.infer<typeof Settings>;
/** The settings to change: one that is not named stays as it is, and does not fall back to its default. */
export const SettingsChange = z.strictObject({
  sessionIdleMinutes: z.exactOptional(minutes),
  eventRetentionDays: z.exactOptional(days),
  viewersSeeKeys: z.exactOptional(z.boolean()),
  uploadMaxBytes: z.exactOptional(fileBytes),
  uploadQuotaBytes: z.exactOptional(fileBytes),
});
export type SettingsChange = z.infer<typeof SettingsChange>;
