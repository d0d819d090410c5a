import type { SessionUser } from '@cacheferry/contract';
import type { Actor, Context } from '../context.ts';
import { readSettings } from '../settings/read-settings.ts';
import { sessionUser } from './sign-in.ts';
import { csrfTokenOf, hashToken } from './token-text.ts';

export type OpenSession = { actor: Actor & { kind: 'user' }; user: SessionUser; csrfToken: string; expiresAt: number };

const touchEveryMs = 60_000;

/** The session that a cookie's token opens; null when it is unknown, ended, idle for too long or its user disabled. */
export async function getSession(ctx: Context, token: string): Promise<OpenSession | null> {
  const found = await ctx.store.sessions.find(hashToken(token));
  if (!found || found.user.isDisabled) return null;
  const { session, user } = found;
  const now = ctx.clock.now();
  const { sessionIdleMinutes } = await readSettings(ctx.store);
  const idleMs = now - session.lastSeenAt.getTime();
  if (now >= session.expiresAt.getTime() || idleMs >= sessionIdleMinutes * 60_000) {
    await ctx.store.sessions.delete(session.tokenHash);
    return null;
  }
  if (idleMs >= touchEveryMs) await ctx.store.sessions.touch(session.tokenHash, new Date(now));
  const { id, username, role, mustChangePassword } = user;
  return {
    actor: { kind: 'user', id, username, role, tokenId: null, mustChangePassword },
    user: sessionUser(user),
    csrfToken: csrfTokenOf(token),
    expiresAt: session.expiresAt.getTime(),
  };
}
