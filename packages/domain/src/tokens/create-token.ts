import type { NewToken, TokenInput } from '@cacheferry/contract';
import { act } from '../act.ts';
import { userOf } from '../authorise.ts';
import type { Context } from '../context.ts';
import { invalid } from '../paging.ts';
import { hashToken, newTokenText } from '../sessions/token-text.ts';
import type { TokenRecord } from '../store/people.ts';
import { tokenView } from './token-view.ts';

const shownLength = 12;

/** Makes a token for scripts, of the user who is signed in. The answer is the only place that ever holds it. */
export async function createToken(ctx: Context, input: TokenInput): Promise<NewToken> {
  const owner = userOf(ctx);
  const now = ctx.clock.now();
  const expiresAt = input.expiresAt ? new Date(input.expiresAt) : null;
  if (expiresAt && expiresAt.getTime() <= now) throw invalid('expiresAt', 'it must lie in the future');
  const intent = { needs: 'admin', action: 'token.create', objectKind: 'token' } as const;
  return act(ctx, intent, async ({ tx, describe }) => {
    const text = newTokenText('cft_');
    const token: TokenRecord = {
      id: ctx.newId(),
      userId: owner.id,
      name: input.name,
      prefix: text.slice(0, shownLength),
      tokenHash: hashToken(text),
      role: input.role,
      createdAt: new Date(now),
      expiresAt,
      lastUsedAt: null,
    };
    describe({ objectId: token.id, objectName: token.name, detail: { role: token.role, expiresAt } });
    await tx.tokens.insert(token);
    return { ...tokenView(token), token: text };
  });
}
