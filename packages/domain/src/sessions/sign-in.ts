import { createHash } from 'node:crypto';
import type { SessionUser, SignIn } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { writeAudit } from '../audit/write-audit.ts';
import type { Context } from '../context.ts';
import type { PasswordHasher } from '../ports.ts';
import type { Transaction } from '../store/index.ts';
import type { UserRecord } from '../store/people.ts';
import { csrfTokenOf, hashToken, newTokenText } from './token-text.ts';

/** What a cookie and the page need after signing in. `token` goes into the cookie only. */
export type SignedIn = { token: string; expiresAt: number; user: SessionUser; csrfToken: string };

const windowMs = 15 * 60_000;
const triesPerAccount = 5;
const triesPerAddress = 20;
export const sessionLifeMs = 7 * 24 * 3600_000;

/**
 * Opens a session. A try counts before its password is looked at, so that many at once gain nothing; an unknown user
 * gets the same answer after the same time.
 *
 * Throws `auth.failed`, `auth.too_many_tries`.
 */
export async function signIn(ctx: Context, input: SignIn, deps: { hasher: PasswordHasher }): Promise<SignedIn> {
  const accountKey = createHash('sha256').update(input.username.trim().toLowerCase()).digest('hex');
  const tryId = ctx.newId();
  const minutes = await ctx.store.transaction((tx) => countTry(ctx, tx, tryId, accountKey));
  const user = await ctx.store.users.findByName(input.username.trim());
  if (minutes > 0) {
    await auditTry(ctx, user, 'auth.too_many_tries');
    throw new FerryError('auth.too_many_tries', { minutes });
  }
  const isRight = await deps.hasher.verify(input.password, user?.passwordHash ?? null);
  if (!user || !isRight || user.isDisabled) {
    await auditTry(ctx, user, 'auth.failed');
    throw new FerryError('auth.failed');
  }
  return ctx.store.transaction((tx) => openSession(ctx, tx, user, { tryId, accountKey }));
}

/** Counts this try, or answers how many minutes none is let in. */
async function countTry(ctx: Context, tx: Transaction, id: string, accountKey: string): Promise<number> {
  const now = ctx.clock.now();
  const address = ctx.address ?? 'unknown';
  const since = new Date(now - windowMs);
  await tx.signInTries.lock(accountKey, address);
  await tx.signInTries.deleteBefore(since);
  const ofAccount = await tx.signInTries.ofAccount(accountKey, since);
  const ofAddress = await tx.signInTries.ofAddress(address, since);
  const waits = [waitMs(ofAccount, triesPerAccount, now), waitMs(ofAddress, triesPerAddress, now)];
  const wait = Math.max(...waits);
  if (wait > 0) return Math.ceil(wait / 60_000);
  await tx.signInTries.insert({ id, accountKey, address, at: new Date(now) });
  return 0;
}

function waitMs(tries: Date[], allowed: number, now: number): number {
  const freed = tries.at(-allowed);
  return freed ? Math.max(1, freed.getTime() + windowMs - now) : 0;
}

async function openSession(
  ctx: Context,
  tx: Transaction,
  user: UserRecord,
  tried: { tryId: string; accountKey: string },
): Promise<SignedIn> {
  const now = ctx.clock.now();
  const token = newTokenText();
  const expiresAt = now + sessionLifeMs;
  await tx.signInTries.forget(tried.tryId, tried.accountKey);
  await tx.sessions.deleteExpired(new Date(now));
  await tx.sessions.insert({
    tokenHash: hashToken(token),
    userId: user.id,
    createdAt: new Date(now),
    lastSeenAt: new Date(now),
    expiresAt: new Date(expiresAt),
    address: ctx.address,
  });
  await tx.users.update(user.id, { lastSignInAt: new Date(now) });
  await writeAudit(actingAs(ctx, user), tx, deedOf(user), 'ok');
  return { token, expiresAt, user: sessionUser(user), csrfToken: csrfTokenOf(token) };
}

/** The name that was typed is written down only where it is a user's: it may be a password in the wrong field. */
async function auditTry(ctx: Context, user: UserRecord | null, code: string): Promise<void> {
  await ctx.store.transaction((tx) => writeAudit(ctx, tx, deedOf(user), code));
}

const deedOf = (user: UserRecord | null) => ({
  action: 'session.open',
  objectKind: 'user',
  objectId: user?.id ?? null,
  objectName: user?.username ?? null,
  detail: {},
});

const actingAs = (ctx: Context, { id, username, role }: UserRecord): Context => ({
  ...ctx,
  actor: { kind: 'user', id, username, role, tokenId: null },
});

/** What the page is told of the user who is signed in. */
export function sessionUser({ id, username, role, mustChangePassword }: UserRecord): SessionUser {
  return { id, username, role, mustChangePassword };
}
