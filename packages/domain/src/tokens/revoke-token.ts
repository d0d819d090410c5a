import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';

/** Ends a token at once. */
export async function revokeToken(ctx: Context, id: string): Promise<void> {
  const intent = { needs: 'admin', action: 'token.revoke', objectKind: 'token', objectId: id } as const;
  await act(ctx, intent, async ({ tx, describe }) => {
    const token = found(await tx.tokens.find(id), 'token');
    describe({ objectName: token.name });
    await tx.tokens.delete(id);
  });
}
