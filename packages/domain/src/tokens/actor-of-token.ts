import { roleIncludes } from '@cacheferry/contract';
import type { Actor, Context } from '../context.ts';
import { hashToken } from '../sessions/token-text.ts';

const touchEveryMs = 60_000;

/**
 * The actor behind a bearer token: its owner, with the lower of both roles. Null when the token is unknown, revoked or
 * over, or its owner disabled.
 */
export async function actorOfToken(ctx: Context, text: string): Promise<(Actor & { kind: 'user' }) | null> {
  const known = await ctx.store.tokens.findByHash(hashToken(text));
  if (!known || known.user.isDisabled) return null;
  const { token, user } = known;
  const now = ctx.clock.now();
  if (token.expiresAt && now >= token.expiresAt.getTime()) return null;
  if (now - (token.lastUsedAt?.getTime() ?? 0) >= touchEveryMs) await ctx.store.tokens.touch(token.id, new Date(now));
  const role = roleIncludes(user.role, token.role) ? token.role : user.role;
  return { kind: 'user', id: user.id, username: user.username, role, tokenId: token.id };
}
